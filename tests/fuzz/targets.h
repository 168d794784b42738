// What is fuzzed: every reader of bytes that others wrote, each in a small file of this folder.
//
// A target is a function of any bytes at all. It must return: no crash, no report of a sanitizer,
// no second of work, no memory by a claimed length; and what it takes must read the same once it is
// written again. fuzzer.cc makes a libFuzzer program of each, corpus_test.cc runs all of them over
// their corpora in every build.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gwageo::fuzz {

struct Target {
  std::string_view name;  ///< Of its file, its program and its folder in corpus/.
  void (*run)(std::string_view input);
  /// Good inputs that are made by code, because no person can read them; nullptr: none.
  std::vector<std::string> (*seeds)() = nullptr;
};

extern const Target answers_target;
extern const Target archive_target;
extern const Target cosign_target;
extern const Target dates_target;
extern const Target decompress_target;
extern const Target gguf_target;
extern const Target inspect_log_target;
extern const Target item_proof_target;
extern const Target json_target;
extern const Target key_file_target;
extern const Target leaderboard_target;
extern const Target lm_eval_log_target;
extern const Target manifest_target;
extern const Target message_target;
extern const Target model_config_target;
extern const Target note_target;
extern const Target pattern_target;
extern const Target plan_block_target;
extern const Target policy_target;
extern const Target prepared_log_target;
extern const Target record_target;
extern const Target recording_target;
extern const Target request_target;
extern const Target result_block_target;
extern const Target rows_target;
extern const Target safetensors_target;
extern const Target server_reply_target;
extern const Target statement_target;
extern const Target suite_target;
extern const Target target_target;
extern const Target template_target;
extern const Target tiles_target;
extern const Target tokenizer_target;
extern const Target yaml_target;
extern const Target zip_target;

/// All of them, by name.
std::span<const Target* const> all_targets();

/// The parts of an input that stands for several texts: what is between lines of "====".
std::vector<std::string_view> parts_of(std::string_view input);
/// The first `count` parts; those that are missing are empty.
std::vector<std::string_view> parts_of(std::string_view input, std::size_t count);
/// A text's first line, and what follows it.
std::pair<std::string_view, std::string_view> first_line(std::string_view text);

}  // namespace gwageo::fuzz
