// Prompts as turns of a conversation, and what the turns become: one text, or the messages of a
// chat. The rules are those of lm-eval's Message (lm_eval/api/utils.py).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/request.h"

namespace gwageo {

/// One turn. The delimiter follows the content where the turns become text.
struct Turn {
  std::string role;  ///< "system", "user" or "assistant".
  std::string content;
  std::string delimiter;
};

/// Whether neither text has white space where the two meet, so that a delimiter is put between
/// them; never after an empty one. REQUIRES: `after` is not empty.
bool needs_delimiter(std::string_view before, std::string_view after);
/// Both texts, with `delimiter` between them where neither is empty and both need it.
std::string delimited(std::string_view before, std::string_view after, std::string_view delimiter);

/// A question, and its answer if there is one: "" for none. `prefix`, where not empty, begins what
/// the assistant says. `target_delimiter` stands before an answer, `example_delimiter` after it.
std::vector<Turn> question_turns(std::string question, const std::string& answer,
                                 const std::string& prefix, const std::string& target_delimiter,
                                 const std::string& example_delimiter);

/// Appends every turn's content and delimiter.
void append_text(std::span<const Turn> turns, std::string& out);
/// The messages of a chat: each turn one of them where the examples are turns of their own
/// (`multiturn`), else all of the user's and assistant's turns in one message of the user; a last
/// turn of the assistant, which the model continues, always stays one. REQUIRES: not empty.
std::vector<ChatMessage> chat_messages(std::vector<Turn> turns, bool multiturn);

}  // namespace gwageo
