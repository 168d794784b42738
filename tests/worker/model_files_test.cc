#include "worker/model_files.h"

#include <gtest/gtest.h>

#include "protocol/bytes.h"
#include "protocol/digest.h"
#include "tests/worker/tiny_model.h"

namespace gwageo {
namespace {

using testing::TemporaryFolder;

Digest leaf(const std::string& name, const std::string& content) {
  ByteWriter bytes;
  bytes.text(name);
  bytes.u64(content.size());
  bytes.digest(sha256(content));
  return merkle_leaf(bytes.bytes());
}

TEST(ModelFiles, AFolderIsTheRootOverItsModelFilesByName) {
  const TemporaryFolder folder;
  folder.write("tokenizer.json", "t");
  folder.write("model-b.safetensors", "bb");
  folder.write("config.json", "{}");
  folder.write("model-a.safetensors", std::string(600'000, 'a'));
  folder.write("chat_template.jinja", "c");
  folder.write("generation_config.json", "g");
  folder.write("tokenizer_config.json", "tc");
  const auto digest = model_digest(folder.path());
  ASSERT_TRUE(digest) << digest.error().message;
  EXPECT_EQ(*digest, merkle_root({leaf("chat_template.jinja", "c"), leaf("config.json", "{}"),
                                  leaf("generation_config.json", "g"),
                                  leaf("model-a.safetensors", std::string(600'000, 'a')),
                                  leaf("model-b.safetensors", "bb"), leaf("tokenizer.json", "t"),
                                  leaf("tokenizer_config.json", "tc")}));
}

TEST(ModelFiles, NothingElseCounts) {
  const TemporaryFolder folder;
  folder.write("config.json", "{}");
  const Digest before = model_digest(folder.path()).value();
  for (const char* name : {"pytorch_model.bin", "modeling.py", "README.md", "config.json.bak",
                           "tokenizer.model", "model.pkl"}) {
    folder.write(name, "x");
    EXPECT_FALSE(is_model_file(name));
  }
  std::filesystem::create_directories(folder.path() / "sub.safetensors");
  EXPECT_EQ(model_digest(folder.path()).value(), before);
  folder.write("config.json", "{ }");
  EXPECT_NE(model_digest(folder.path()).value(), before);
}

TEST(ModelFiles, WhatIsNoPartOfTheModelIsListedUnlessOnlyPeopleReadIt) {
  const TemporaryFolder folder;
  for (const char* name : {"config.json", "model.safetensors", "README.md", "LICENSE",
                           ".gitattributes", "vocab.json", "merges.txt", "tokenizer.model"}) {
    folder.write(name, "x");
  }
  std::filesystem::create_directories(folder.path() / "sub");
  folder.write("sub/model.safetensors", "x");
  folder.write("sub/README.md", "x");
  const std::vector<std::string> expected = {"merges.txt", "sub/model.safetensors",
                                             "tokenizer.model", "vocab.json"};
  EXPECT_EQ(files_beside_model(folder.path()).value(), expected);
  EXPECT_TRUE(files_beside_model(folder.path() / "config.json").value().empty());
}

TEST(ModelFiles, AFileIsARootOfOne) {
  const TemporaryFolder folder;
  const std::string path = folder.write("outputs.jsonl", "row\n");
  const auto files = list_model_files(path);
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 1u);
  EXPECT_EQ(files->front().name, "outputs.jsonl");
  EXPECT_EQ(files->front().size, 4u);
  EXPECT_EQ(digest_of(*files), merkle_root({leaf("outputs.jsonl", "row\n")}));
}

TEST(ModelFiles, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  EXPECT_EQ(model_digest(folder.path() / "none").error().kind, ErrorKind::not_found);
  const auto empty = model_digest(folder.path());
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().kind, ErrorKind::bad_input);
  EXPECT_NE(empty.error().message.find(folder.path().string()), std::string::npos);
  const std::string path = folder.write("config.json", "12345");
  EXPECT_EQ(read_small_file(path, 5).value(), "12345");
  EXPECT_EQ(read_small_file(path, 4).error().kind, ErrorKind::bad_input);
  EXPECT_EQ(read_small_file(folder.path(), 4).error().kind, ErrorKind::io);
}

}  // namespace
}  // namespace gwageo
