// The template language: a template, and the row that it is rendered for.
#include "benchmarks/template.h"

#include "protocol/check.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_template(std::string_view input) {
  const std::vector<std::string_view> parts = parts_of(input, 2);
  const Result<Template> compiled = Template::compile(parts[0]);
  if (!compiled) return;
  Result<Json> row = Json::parse_python(parts[1]);
  if (!row || !row->is_object()) {
    row = Json::parse(R"({"question":" 하나 둘 ","answer":2,"choices":["a","b"],"score":0.5,
                          "none":null,"yes":true,"deep":{"list":[3,1,2],"text":"X-y"}})");
  }
  std::string text;
  (void)compiled->render(*row, text);
  if (compiled->is_expression()) (void)compiled->evaluate(*row);
}

}  // namespace

const Target template_target = {"template", run_template};

}  // namespace gwageo::fuzz
