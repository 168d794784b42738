#include "ops/audit_html.h"

#include <utility>
#include <vector>

#include "ops/audit_text.h"
#include "ops/output.h"

namespace gwageo {
namespace {

constexpr std::string_view style =
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #ccc;padding:.3em .6em;"
    "text-align:left;vertical-align:top}code{font-size:.85em;word-break:break-all}"
    ".consistent{color:#176f2c}.inconsistent{color:#b00020}.escalate,.pending{color:#8a5a00}";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string row(const std::string& head, const std::string& cell) {
  return "<tr><th>" + escaped(head) + "</th><td>" + cell + "</td></tr>\n";
}

std::string code(const Json& report, std::string_view key) {
  return "<code>" + escaped(shown(report, key)) + "</code>";
}

std::string names_of(const Json& part) {
  std::string text;
  for (const Json& name : list(part, "not_on")) {
    text += (text.empty() ? "" : ", ") + (name.is_string() ? name.as_string() : std::string());
  }
  std::string keys;
  for (const Json& key : list(part, "not_by")) {
    keys += (keys.empty() ? "; nor with the key of " : ", ") +
            (key.is_string() ? key.as_string() : std::string());
  }
  return text + keys;
}

std::string parts_table(const Json& report) {
  std::string text = "<table>\n<tr><th>job</th><th>items</th><th>done</th><th>not on</th></tr>\n";
  for (const Json& part : list(report, "parts")) {
    text += "<tr>";
    for (const std::string& cell :
         {shown(part, "job"), shown(part, "items"), shown(part, "done"), names_of(part)}) {
      text += "<td>" + escaped(cell) + "</td>";
    }
    text += "</tr>\n";
  }
  return text + "</table>\n";
}

std::string differing_table(const Json& report) {
  if (list(report, "differing").empty()) return "";
  std::string text =
      "<h2>Answers that differ</h2>\n<table>\n<tr><th>task</th><th>item</th><th>ran on</th>"
      "<th>replayed on</th><th>item digest</th></tr>\n";
  for (const Json& one : list(report, "differing")) {
    text += "<tr>";
    for (const char* const key : {"task", "item", "ran_on", "replayed_on"}) {
      text += "<td>" + escaped(shown(one, key)) + "</td>";
    }
    text += "<td>" + code(one, "digest") + "</td></tr>\n";
  }
  return text + "</table>\n";
}

}  // namespace

std::string audit_html(const Json& report) {
  const std::string title = "Audit " + shown(report, "audit") + " of job " + shown(report, "job");
  const std::string verdict = shown(report, "verdict");
  std::string text = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
                     escaped(title) + "</title><style>" + std::string(style) +
                     "</style></head><body>\n<h1>" + escaped(title) + "</h1>\n<p><strong class=\"" +
                     escaped(verdict) + "\">" + escaped(verdict) + "</strong></p>\n<ul>\n";
  for (const Json& reason : list(report, "reasons")) {
    text += "<li>" + escaped(reason.is_string() ? reason.as_string() : "") + "</li>\n";
  }
  text += "</ul>\n<table>\n";
  for (const char* const key : {"model", "suite", "by", "state", "mode", "population", "sample",
                                "compared", "missing", "disowned", "disowned_differ", "same_worker",
                                "same_key", "voided", "differ", "allowed", "false_alarm"}) {
    text += row(key, escaped(shown(report, key)));
  }
  const Json& detects = member(report, "detects");
  text += row("detects", escaped(shown(detects, "chance") + " of a forged share of " +
                                 shown(detects, "forged_share") + " (" + shown(detects, "meets") +
                                 " that the sample meets one)"));
  const Json& scores = member(report, "scores");
  text += row("scores", escaped(shown(scores, "gained") + " up, " + shown(scores, "lost") +
                                " down, p " + shown(scores, "p")));
  text +=
      "</table>\n<h2>How the sample was drawn</h2>\n<p>The auditor committed to a number before "
      "the root over the journal's first records, the commitment included, was there, and told it "
      "once that root was fixed. The seed "
      "is SHA-256(&quot;gwageo audit v1&quot; | root | number).</p>\n<table>\n";
  for (const char* const key : {"commitment", "size", "root", "nonce", "seed"}) {
    text += row(key, code(report, key));
  }
  text += row("fixed by", escaped(seed_root_text(member(report, "seed_root")))) +
          row("compared", escaped(recount_text(member(report, "recount"))));
  return text + "</table>\n<h2>Who ran it again</h2>\n" + parts_table(report) +
         differing_table(report) + "</body></html>\n";
}

}  // namespace gwageo
