// A model's config.json.
#include "protocol/check.h"
#include "tests/fuzz/targets.h"
#include "worker/llama_config.h"
#include "worker/model_check.h"

namespace gwageo::fuzz {
namespace {

void run_model_config(std::string_view input) {
  const Result<Json> json = Json::parse(input);
  if (!json) return;
  (void)code_naming_key(*json);
  const Result<LlamaConfig> config = parse_llama_config(*json, "config.json");
  if (!config) return;
  GWAGEO_CHECK(config->num_attention_heads % config->num_key_value_heads == 0);
  GWAGEO_CHECK(config->head_dim % 2 == 0);
}

}  // namespace

const Target model_config_target = {"model_config", run_model_config};

}  // namespace gwageo::fuzz
