#include "benchmarks/conversation.h"

#include <utility>

#include "benchmarks/python_text.h"
#include "protocol/check.h"

namespace gwageo {
namespace {

bool starts_with_space(std::string_view text) {
  return is_python_space(character_at(text, 0).code);
}

bool ends_with_space(std::string_view text) {
  std::size_t start = text.size() - 1;
  while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0u) == 0x80u) --start;
  return is_python_space(character_at(text, start).code);
}

}  // namespace

bool needs_delimiter(std::string_view before, std::string_view after) {
  return !before.empty() && !ends_with_space(before) && !starts_with_space(after);
}

std::string delimited(std::string_view before, std::string_view after, std::string_view delimiter) {
  std::string out(before);
  if (!before.empty() && !after.empty() && needs_delimiter(before, after)) out += delimiter;
  out += after;
  return out;
}

std::vector<Turn> question_turns(std::string question, const std::string& answer,
                                 const std::string& prefix, const std::string& target_delimiter,
                                 const std::string& example_delimiter) {
  const bool delimits = prefix.empty() ? !answer.empty() : needs_delimiter(question, prefix);
  std::vector<Turn> turns;
  turns.push_back({"user", std::move(question), delimits ? target_delimiter : ""});
  if (!answer.empty()) {
    turns.push_back({"assistant", delimited(prefix, answer, " "), example_delimiter});
  } else if (!prefix.empty()) {
    turns.push_back({"assistant", prefix, ""});
  }
  return turns;
}

void append_text(std::span<const Turn> turns, std::string& out) {
  for (const Turn& turn : turns) {
    out += turn.content;
    out += turn.delimiter;
  }
}

std::vector<ChatMessage> chat_messages(std::vector<Turn> turns, bool multiturn) {
  GWAGEO_CHECK(!turns.empty());
  std::vector<ChatMessage> out;
  if (multiturn) {
    for (Turn& turn : turns) out.push_back({std::move(turn.role), std::move(turn.content)});
    return out;
  }
  std::span<Turn> talk(turns);
  if (talk.front().role == "system") {
    out.push_back({"system", std::move(talk.front().content)});
    talk = talk.subspan(1);
  }
  const bool continues = !talk.empty() && talk.back().role == "assistant";
  std::span<Turn> asked = continues ? talk.first(talk.size() - 1) : talk;
  if (!asked.empty()) {
    asked.back().delimiter.clear();
    std::string text;
    append_text(asked, text);
    out.push_back({"user", std::move(text)});
  }
  if (continues) out.push_back({"assistant", std::move(talk.back().content)});
  return out;
}

}  // namespace gwageo
