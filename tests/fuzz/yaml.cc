// YAML, in each way in which it is read.
#include "protocol/yaml.h"

#include "protocol/check.h"
#include "tests/fuzz/targets.h"

namespace gwageo::fuzz {
namespace {

void run_yaml(std::string_view input) {
  for (const YamlDuplicates duplicates : {YamlDuplicates::refuse, YamlDuplicates::last}) {
    for (const YamlScalars scalars : {YamlScalars::typed, YamlScalars::written}) {
      const Result<YamlNode> read = parse_yaml("f.yaml", input, duplicates, scalars);
      if (!read) continue;
      const std::string written = to_json(*read).dump();
      GWAGEO_CHECK(Json::parse(written).has_value() || duplicates == YamlDuplicates::last);
    }
  }
}

}  // namespace

const Target yaml_target = {"yaml", run_yaml};

}  // namespace gwageo::fuzz
