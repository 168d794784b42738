// Which answers count as the same.
#pragma once

#include <string>
#include <vector>

#include "protocol/digest.h"
#include "protocol/result.h"

namespace gwageo {

/// Whether an engine promises the same answer to the same request, whatever it is asked beside it.
bool is_exact_engine(const std::string& engine);

/// Of an item's responses (canonical bytes, protocol/request.h), equal for two answers where no
/// text and no outcome differs, nor the choice of highest probability; of a single request nor
/// whether its text is what the model would say by itself. That is all that an engine which is not
/// exact can be held to. bad_input when a response does not decode.
Result<Digest> answer_digest(const std::vector<std::string>& responses);

}  // namespace gwageo
