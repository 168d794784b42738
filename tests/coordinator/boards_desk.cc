#include "tests/coordinator/boards_desk.h"

#include <gtest/gtest.h>

#include <vector>

#include "coordinator/state.h"

namespace gwageo::testing {

Json parsed(const Reply& reply) { return Json::parse(reply.body).value(); }

std::string error_of(const Reply& reply) {
  const Json body = parsed(reply);
  return body.find("error") == nullptr ? "done" : body.find("error")->as_string();
}

std::string target_text(const std::string& name, const std::string& board,
                        const std::string& months) {
  return "target: " + name + "\nbasis: claimed\nboard: " + board + "\nwindow: {months: " + months +
         "}\n";
}

Reply Boards::import(const std::string& board, const std::string& release, const std::string& csv,
                     const std::string& more, const std::string& who,
                     const std::string& categories) {
  std::vector<std::string> files = {csv};
  if (!categories.empty()) files.push_back(categories);
  EXPECT_EQ(say("put", Json::object(), files).code, ReplyCode::done);
  std::string text = R"({"board": ")" + board + R"(", "format": "livebench", "source": "t.csv")" +
                     R"(, "file": ")" + to_hex(sha256(csv)) + "\"";
  if (!release.empty()) text += R"(, "release": ")" + release + "\"";
  if (!categories.empty()) {
    text +=
        R"(, "categories_source": "c.json", "categories": ")" + to_hex(sha256(categories)) + "\"";
  }
  return say("reference.import", Json::parse(text + more + "}").value(), {}, who);
}

Reply Boards::add_target(const std::string& text) {
  Json body;
  body["path"] = "t.yaml";
  body["text"] = text;
  return say("target.add", body);
}

Json Boards::show(const std::string& target, const std::string& as_of) {
  Json body;
  body["target"] = target;
  if (!as_of.empty()) body["as_of"] = as_of;
  return parsed(say("target.show", body));
}

std::string Boards::verdicts(const std::string& target, const std::string& as_of) {
  const Json shown = show(target, as_of);
  std::string text;
  for (const Json& verdict : shown.find("verdicts")->as_array()) {
    const Json& ratio = *verdict.find("ratio_exact");
    text += (text.empty() ? "" : ", ") + verdict.find("candidate")->as_string() + " " +
            verdict.find("verdict")->as_string() + (ratio.is_null() ? "" : " " + ratio.as_string());
  }
  return text;
}

std::size_t Boards::verdicts_on_record() const { return state().verdict_history().size(); }

}  // namespace gwageo::testing
