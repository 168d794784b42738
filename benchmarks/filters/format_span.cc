// format_span: named entities as "label: entity $ label: entity", out of text that lists them after
// labels of many names. Lower-cases everything; knows PER, LOC, ORG and DATE; drops "none".
#include <array>

#include "benchmarks/arguments.h"
#include "benchmarks/filter.h"
#include "benchmarks/letter_case.h"
#include "benchmarks/python_text.h"
#include "protocol/check.h"
#include "protocol/regex.h"

namespace gwageo {
namespace {

// In the harness's order: a label that was rewritten is not met again.
constexpr std::array<std::pair<std::string_view, std::string_view>, 15> span_labels{{
    {"person", "PER"},
    {"location", "LOC"},
    {"organization", "ORG"},
    {"counties", "LOC"},
    {"places", "LOC"},
    {"people", "PER"},
    {"persons", "PER"},
    {"company", "ORG"},
    {"country", "LOC"},
    {"continent", "LOC"},
    {"time", "DATE"},
    {"date", "DATE"},
    {"per", "PER"},
    {"loc", "LOC"},
    {"org", "ORG"},
}};

Regex compiled(const std::string& pattern) {
  Result<Regex> regex = Regex::compile(pattern);
  GWAGEO_CHECK(regex.has_value());
  return *std::move(regex);
}

std::string all_replaced(std::string_view text, std::string_view what, char by) {
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, from)) {
    out.append(text.substr(from, at - from)).push_back(by);
    from = at + what.size();
  }
  return out.append(text.substr(from));
}

class FormatSpanFilter final : public Filter {
 public:
  FormatSpanFilter() : entity_(compiled(R"(\b(PER|LOC|ORG|DATE):\s*([^$]+))")) {
    for (const auto& [name, label] : span_labels) {
      names_.push_back(compiled("\\b" + std::string(name) + "\\s*:"));
    }
  }

  Result<Json> apply(Json responses, const Reference&) const override {
    return change_texts(std::move(responses), "format_span",
                        [&](const std::string& text) -> Result<Json> {
                          GWAGEO_ASSIGN(labelled, with_labels(text));
                          GWAGEO_ASSIGN(entities, entities_of(labelled));
                          return Json(std::move(entities));
                        });
  }

 private:
  Result<std::string> with_labels(const std::string& response) const {
    std::string text = python_lower(response);
    for (std::size_t i = 0; i < span_labels.size(); ++i) {
      GWAGEO_ASSIGN(next, names_[i].replace_all(text, std::string(span_labels[i].second) + ":"));
      text = std::move(next);
    }
    text = all_replaced(text, "$$", '$');
    text.erase(text.find_last_not_of('$') + 1);
    return text;
  }

  Result<std::string> entities_of(const std::string& labelled) const {
    const std::string lines = all_replaced(labelled, "\n", '$');
    GWAGEO_ASSIGN(matches, entity_.find_all(strip_space(lines, true, true)));
    std::string out;
    for (const RegexMatch& match : matches) {
      std::string_view rest = match[2];
      for (bool more = true; more;) {
        const std::size_t comma = rest.find(',');
        more = comma != rest.npos;
        const std::string_view entity = strip_space(rest.substr(0, comma), true, true);
        if (more) rest.remove_prefix(comma + 1);
        if (python_lower(entity) == "none") continue;
        if (!out.empty()) out += " $ ";
        out.append(python_lower(match[1])).append(": ").append(entity);
      }
    }
    return out;
  }

  Regex entity_;
  std::vector<Regex> names_;
};

}  // namespace

Result<std::unique_ptr<Filter>> make_format_span_filter(const Json& arguments) {
  GWAGEO_TRY(Arguments(arguments).only({}));
  return std::make_unique<FormatSpanFilter>();
}

}  // namespace gwageo
