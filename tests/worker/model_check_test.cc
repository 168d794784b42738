// What no engine may see: formats that run code, settings that name code, headers that lie.
#include "worker/model_check.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <functional>

#include "protocol/bytes.h"
#include "tests/folders.h"
#include "tests/worker/tiny_model.h"
#include "worker/builtin_engine.h"
#include "worker/model_files.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;
using testing::safetensors_bytes;
using testing::TemporaryFolder;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

/// "accepted", or why not.
std::string verdict(const fs::path& path) {
  const Status checked = check_model(path);
  if (checked) return "accepted";
  EXPECT_EQ(checked.error().kind, ErrorKind::bad_input) << checked.error().message;
  return checked.error().message;
}

class ModelCheck : public ::testing::Test {
 protected:
  ModelCheck() { testing::TinyModel().write(folder_); }

  /// What is said of the folder with one more file in it.
  std::string with(const std::string& name, std::string_view bytes = "x") {
    const fs::path path = folder_.path() / name;
    fs::create_directories(path.parent_path());
    folder_.write(name, bytes);
    const std::string said = verdict(folder_.path());
    fs::remove(path);
    return said;
  }

  TemporaryFolder folder_;
};

TEST_F(ModelCheck, AModelWithWhatUsuallyLiesBesideItIsTaken) {
  EXPECT_EQ(verdict(folder_.path()), "accepted");
  for (const char* name :
       {"README.md", "LICENSE", "LICENSE.txt", "LICENSE-APACHE", "NOTICE", ".gitattributes",
        "merges.txt", "tokenizer.model", "chat_template.jinja", "qwen.tiktoken", "figure.png",
        "assets/figure.svg", ".cache/huggingface/download/config.json.metadata",
        ".cache/huggingface/CACHEDIR.TAG"}) {
    EXPECT_EQ(with(name), "accepted") << name;
  }
  for (const char* name : {"generation_config.json", "tokenizer_config.json", "vocab.json"}) {
    EXPECT_EQ(with(name, R"({"auto_map": 17, "a": [NaN]})"), "accepted") << name;
  }
  EXPECT_EQ(with("model-2.safetensors", safetensors_bytes("{}", "")), "accepted");
}

TEST(ModelCheckShared, TheModelsThatWereMadeElsewhereAreTaken) {
  const auto shared = folders::shared_if_there();
  if (!shared) GTEST_SKIP() << "no folder with shared models";
  const fs::path models = *shared / "models";
  EXPECT_EQ(verdict(models / "stories260K-hf"), "accepted");
  EXPECT_EQ(verdict(models / "stories260K-gguf/stories260K.gguf"), "accepted");
  EXPECT_EQ(verdict(models / "micro-lm-base"), "accepted");
  EXPECT_HAS(verdict(models / "stories260K-llama2c"), "stories260K.bin");
  EXPECT_NE(verdict(models / "stories260K-llama2c/stories260K.bin"), "accepted");
}

TEST_F(ModelCheck, WhatRunsWhenItIsLoadedIsRefusedByName) {
  for (const char* name :
       {"pytorch_model.bin", "model.pt", "consolidated.00.pth", "model.ckpt", "model.pkl",
        "weights.h5", "flax_model.msgpack", "weights.npz", "weights.npy", "MODEL.BIN",
        "original/consolidated.00.pth", "model.safetensors.zip", "state.joblib", "m.keras"}) {
    const std::string said = with(name);
    EXPECT_HAS(said, name);
    EXPECT_HAS(said, "may run code when they are loaded");
  }
}

TEST_F(ModelCheck, CodeIsRefusedByName) {
  for (const char* name : {"modeling_kestrel.py", "a.PY", "kernel.so", "deep/er/setup.sh", "x.cu",
                           "notebook.ipynb", "chat_template.py", "tokenizer.wasm"}) {
    const std::string said = with(name);
    EXPECT_HAS(said, name);
    EXPECT_HAS(said, "code has no place");
  }
}

TEST_F(ModelCheck, WhatNobodyThoughtOfIsRefused) {
  for (const char* name : {"config.json.bak", "weights", "a.yaml", "LICENSE.exe2", "x.SAFETENSORS",
                           ".git/hooks/update", "tokenizer", "model.safetensors "}) {
    EXPECT_HAS(with(name), "not among what a model's folder may hold") << name;
  }
}

TEST_F(ModelCheck, SettingsThatNameCodeAreRefused) {
  const std::string map = R"({"architectures":["X"],"auto_map":{"AutoModel":"evil/repo--m.X"}})";
  for (const char* name : {"config.json", "tokenizer_config.json", "processor_config.json",
                           "tokenizer.json", "any/thing.json"}) {
    TemporaryFolder other;
    fs::create_directories(other.path() / "any");
    other.write(name, map);
    const std::string said = verdict(other.path());
    EXPECT_HAS(said, name);
    EXPECT_HAS(said, "the key \"auto_map\"");
  }
  EXPECT_HAS(with("a.json", R"([{"deep":[{"trust_remote_code":true}]}])"), "trust_remote_code");
  EXPECT_HAS(with("a.json", R"({"trust_remote_code":false})"), "trust_remote_code");
  EXPECT_HAS(with("a.json", R"({"auto\u005fmap":{}})"), "auto_map");
  EXPECT_HAS(with("a.json", R"({"auto_map":1,"auto_map":{}})"), "a.json");
  EXPECT_HAS(with("a.json", "\x80\x04\x95pickle"), "a.json");
  EXPECT_HAS(with("a.json", "{"), "a.json");
  EXPECT_HAS(with("a.json", std::string(100, '[') + std::string(100, ']')), "a.json");
}

TEST_F(ModelCheck, LinksStayInside) {
  fs::create_symlink("model.safetensors", folder_.path() / "again.safetensors");
  EXPECT_EQ(verdict(folder_.path()), "accepted");
  const auto linked = [&](const fs::path& to, const std::string& name) {
    fs::create_symlink(to, folder_.path() / name);
    const std::string said = verdict(folder_.path());
    fs::remove(folder_.path() / name);
    return said;
  };
  EXPECT_HAS(linked("/etc/passwd", "words.txt"), "a link out of the model's folder");
  EXPECT_HAS(linked("../elsewhere", "words.txt"), "leads nowhere");
  EXPECT_HAS(linked("/etc", "words.txt"), "a link out of the model's folder");
  EXPECT_HAS(linked(".", "more.json"), "a link out of the model's folder");
  EXPECT_HAS(linked("words.txt", "words.txt"), "leads nowhere");
  ASSERT_EQ(::mkfifo((folder_.path() / "pipe.txt").c_str(), 0600), 0);
  EXPECT_HAS(verdict(folder_.path()), "neither a file nor a folder");
  fs::remove(folder_.path() / "pipe.txt");
  // The folder itself may be reached by a link.
  fs::create_symlink(folder_.path(), folder_.path().string() + "-link");
  EXPECT_EQ(verdict(folder_.path().string() + "-link"), "accepted");
  fs::remove(folder_.path().string() + "-link");
}

TEST_F(ModelCheck, TheFolderIsBounded) {
  fs::path deep = folder_.path();
  for (int i = 0; i < model_depth_max; ++i) deep /= "d";
  fs::create_directories(deep);
  EXPECT_HAS(verdict(folder_.path()), "too deep");
  fs::remove_all(folder_.path() / "d");
  for (std::size_t i = 0; i < model_entries_max; ++i) {
    folder_.write(std::to_string(i) + ".txt", "");
  }
  EXPECT_HAS(verdict(folder_.path()), "more than 4096 files");
  EXPECT_EQ(check_model(folder_.path() / "none").error().kind, ErrorKind::not_found);
}

TEST_F(ModelCheck, NoEngineSeesARefusedModel) {
  folder_.write("modeling.py", "import os");
  const Status loaded = BuiltinEngine().load(
      {"tiny", model_digest(folder_.path()).value(), "builtin", folder_.path().string(), {}});
  ASSERT_FALSE(loaded);
  EXPECT_HAS(loaded.error().message, "modeling.py: code has no place");
}

// ---- headers of safetensors ----

std::int64_t resident_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;  // The most there ever was.
}

std::string weights(int from, int to, const std::string& offsets, const std::string& shape) {
  std::string header = "{";
  for (int i = from; i < to; ++i) {
    header += (i > from ? ", \"weight_" : "\"weight_") + std::to_string(i) +
              R"(": {"dtype": "F32", "shape": )" + shape + R"(, "data_offsets": )" + offsets + "}";
  }
  return header + "}";
}

/// The three files that the format's own authors attack it with, and what 40 rules make of a good
/// header. Each is written as it would be sent.
std::vector<std::pair<std::string, std::string>> bad_files() {
  std::vector<std::pair<std::string, std::string>> files;
  const std::string good = R"({"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
                           R"("b":{"dtype":"F16","shape":[4],"data_offsets":[16,24]}})";
  const std::string data(24, '\0');
  const auto length = [](std::uint64_t claimed) {
    ByteWriter bytes;
    bytes.u64(claimed);
    return bytes.take();
  };
  files.emplace_back("abuse 1: a length that the file does not have", length(1000) + good + data);
  files.emplace_back("abuse 2: a header of 750 MB", length(750'000'000) + good + data);
  files.emplace_back("abuse 3: 100,000 names for the same bytes",
                     safetensors_bytes(weights(0, 100'000, "[0, 160000]", "[200, 200]"),
                                       std::string(160'000, '\0')));
  for (const std::uint64_t claimed :
       {std::uint64_t{0}, std::uint64_t{1}, good.size() - 1, good.size() + 1, good.size() + 24,
        std::uint64_t{1} << 32, std::uint64_t{1} << 63, UINT64_MAX}) {
    files.emplace_back("length " + std::to_string(claimed), length(claimed) + good + data);
  }
  const auto replaced = [&](const std::string& what, const std::string& with) {
    std::string header = good;
    header.replace(header.find(what), what.size(), with);
    files.emplace_back(what + " becomes " + with, safetensors_bytes(header, data));
  };
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"{\"a\"", "[\"a\""},
      {"\"a\"", "\"b\""},
      {"\"a\"", "a"},
      {"\"a\"", "\"\""},
      {"\"F32\"", "\"F31\""},
      {"\"F32\"", "32"},
      {"\"F32\"", "\"F64\""},
      {"\"dtype\"", "\"type\""},
      {"[2,2]", "[2,3]"},
      {"[2,2]", "[-2,-2]"},
      {"[2,2]", "[2,2.0]"},
      {"[2,2]", "4"},
      {"[2,2]", "[1e0,4]"},
      {"[2,2]", "[2,2,1,1,1,1,1,1,1]"},
      {"[2,2]", "[4294967296,4294967296,4]"},
      {"[0,16]", "[0,15]"},
      {"[0,16]", "[16,0]"},
      {"[0,16]", "[8,24]"},
      {"[0,16]", "[0,16,32]"},
      {"[0,16]", "[-16,0]"},
      {"[0,16]", "[0,18446744073709551632]"},
      {"[16,24]", "[8,16]"},
      {"[16,24]", "[24,32]"},
      {"[16,24]", "[0,8]"},
      {"[16,24]", "[17,25]"},
      {"\"shape\":[4]", "\"shape\":[4],\"code\":1"},
      {"\"shape\":[4]", "\"shape\":[4],\"shape\":[4]"},
      {"}}", "}"},
      {"}}", "}}}"},
      {"{\"a\"", "{\"__metadata__\":{\"a\":1},\"a\""},
      {"{\"a\"", "{\"__metadata__\":[],\"a\""},
      {"\"a\"", "\"\xff\""}};
  for (const auto& [what, with] : changes) replaced(what, with);
  files.emplace_back("a tail that is nobody's", safetensors_bytes(good, data + "PK\x03\x04"));
  files.emplace_back("data that are cut", safetensors_bytes(good, data.substr(1)));
  files.emplace_back("bytes behind the header's JSON", safetensors_bytes(good + "x", data));
  return files;
}

TEST_F(ModelCheck, EveryHeaderThatLiesIsRefusedByNameAndCheaply) {
  const auto files = bad_files();
  EXPECT_GE(files.size(), 43U);
  const std::int64_t before = resident_kib();
  for (const auto& [what, bytes] : files) {
    SCOPED_TRACE(what);
    const std::string said = with("model-00002.safetensors", bytes);
    EXPECT_HAS(said, "model-00002.safetensors");
  }
  // 100,000 names are 7.7 MB; nothing is taken for what is only claimed.
  EXPECT_LT(resident_kib() - before, 64 << 10);
}

}  // namespace
}  // namespace gwageo
