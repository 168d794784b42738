// What a worker, or whoever adds a model, has ready for servers that are started here (engine
// `process`).
#pragma once

#include <memory>
#include <string>

#include "ops/invocation.h"
#include "protocol/log.h"
#include "protocol/model_spec.h"
#include "protocol/result.h"
#include "worker/process_room.h"

namespace gwageo {

/// The templates of --engines, else of where they are looked for; without any it is empty, and the
/// engine `process` is not offered. `logs` is the folder for what servers say. bad_input where a
/// template is malformed.
Result<std::shared_ptr<ProcessRoom>> process_room(const Invocation& arguments,
                                                  const std::string& logs);

/// The same for a worker: a folder of its name, which it holds, in that of --engine-logs;
/// bad_input where another worker holds it or it is a link. Without that option it is in a folder
/// of this user below the system's temporary folder, and has another name where another pool's
/// worker holds it; bad_input where that folder is somebody else's, and folders of workers that are
/// no more, of a week ago, are removed. Kills what servers of workers that are no more have left
/// behind, and says so.
Result<std::shared_ptr<const ProcessRoom>> worker_process_room(const Invocation& arguments,
                                                               const std::string& worker, Log& log);

/// Pins the template's digest in the options of a model that is being added, and checks the others
/// against it.
Status pin_template(const ProcessRoom& room, ModelSpec& spec);

/// Whether the program that the model's template starts is on this machine.
bool is_program_here(const ProcessRoom& room, const ModelSpec& spec);

}  // namespace gwageo
