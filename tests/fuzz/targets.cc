#include "tests/fuzz/targets.h"

#include <array>

namespace gwageo::fuzz {

std::span<const Target* const> all_targets() {
  static constexpr std::array<const Target*, 35> targets = {
      &answers_target,    &archive_target,     &cosign_target,       &dates_target,
      &decompress_target, &gguf_target,        &inspect_log_target,  &item_proof_target,
      &json_target,       &key_file_target,    &leaderboard_target,  &lm_eval_log_target,
      &manifest_target,   &message_target,     &model_config_target, &note_target,
      &pattern_target,    &plan_block_target,  &policy_target,       &prepared_log_target,
      &record_target,     &recording_target,   &request_target,      &result_block_target,
      &rows_target,       &safetensors_target, &server_reply_target, &statement_target,
      &suite_target,      &target_target,      &template_target,     &tiles_target,
      &tokenizer_target,  &yaml_target,        &zip_target};
  return targets;
}

}  // namespace gwageo::fuzz
