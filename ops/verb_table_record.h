// The part of the table of verbs that is about the record: journal, audits, copies and witnesses.
#pragma once

#include <vector>

#include "ops/command_line.h"

namespace gwageo {

std::vector<Verb> record_verbs();

}  // namespace gwageo
