// An operator with leaderboards, for the tests of claims.
#pragma once

#include <string>

#include "tests/coordinator/desk.h"

namespace gwageo::testing {

inline Json parsed(const Reply& reply) { return Json::parse(reply.body).value(); }

inline std::string error_of(const Reply& reply) {
  const Json body = parsed(reply);
  return body.find("error") == nullptr ? "done" : body.find("error")->as_string();
}

inline std::string target_text(const std::string& name, const std::string& board,
                               const std::string& months = "6") {
  return "target: " + name + "\nbasis: claimed\nboard: " + board + "\nwindow: {months: " + months +
         "}\n";
}

/// An operator with boards.
class Boards : public Desk {
 public:
  using Desk::Desk;

  /// Imports a table of LiveBench's kind.
  Reply import(const std::string& board, const std::string& release, const std::string& csv,
               const std::string& more = "", const std::string& who = "op",
               const std::string& categories = "") {
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

  Reply add_target(const std::string& text) {
    Json body;
    body["path"] = "t.yaml";
    body["text"] = text;
    return say("target.add", body);
  }

  Json show(const std::string& target, const std::string& as_of = "") {
    Json body;
    body["target"] = target;
    if (!as_of.empty()) body["as_of"] = as_of;
    return parsed(say("target.show", body));
  }

  /// "pass 1/1, fail 1/2": the verdicts in the order of names.
  std::string verdicts(const std::string& target, const std::string& as_of = "") {
    const Json shown = show(target, as_of);
    std::string text;
    for (const Json& verdict : shown.find("verdicts")->as_array()) {
      const Json& ratio = *verdict.find("ratio_exact");
      text += (text.empty() ? "" : ", ") + verdict.find("candidate")->as_string() + " " +
              verdict.find("verdict")->as_string() +
              (ratio.is_null() ? "" : " " + ratio.as_string());
    }
    return text;
  }

  std::size_t verdicts_on_record() const { return state().verdict_history().size(); }
};

}  // namespace gwageo::testing
