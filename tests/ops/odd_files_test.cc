// What is no file in the place of one, whoever put it there: a pipe is not waited for, and a link
// to itself is no crash.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "coordinator/durable_file.h"
#include "protocol/key_file.h"
#include "protocol/transparency/checkpoint.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class OddFiles : public ProgramTest {};

TEST_F(OddFiles, AreRefusedInWords) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  stop(up("gwageo-data", 0));
  const std::vector<std::vector<std::string>> all = {
      {"audit", "verify", "pipe"},
      {"audit", "rescore", "pipe"},
      {"audit", "prove", "1/0", "pipe"},
      {"recover", "--from", "pipe", "--data", "gwageo-data"}};
  for (const auto& words : all) expect(words, 2, {"pipe"});
  std::filesystem::remove(path("gwageo-data/lock"));
  ASSERT_EQ(::mkfifo(path("gwageo-data/lock").c_str(), 0600), 0);
  done({"audit", "verify", "gwageo-data"});  // It can be locked as well as a file.
  std::filesystem::remove(path("gwageo-data/lock"));
  std::filesystem::remove(path("gwageo-data/checkpoint"));
  std::filesystem::create_symlink("checkpoint", path("gwageo-data/checkpoint"));
  expect({"coordinator", "--data", "gwageo-data"}, 1, {"checkpoint"});
}

// An audit is not content with what a coordinator does not start over.
TEST_F(OddFiles, WhatIsPublishedIsACheckpointOrIsNotThere) {
  stop(up("gwageo-data", 0));
  const std::filesystem::path published = path("gwageo-data/tiles/checkpoint");
  const auto both_refuse = [&](int code, const std::string& reason) {
    const Ran audit = run({"audit", "verify", "gwageo-data"});
    EXPECT_EQ(audit.code, code);
    for (const std::string& part : {std::string("tiles/checkpoint"), reason}) {
      EXPECT_NE((audit.out + audit.err).find(part), std::string::npos) << audit.out << audit.err;
    }
    expect({"coordinator", "--data", "gwageo-data"}, 1, {"tiles/checkpoint"});
  };
  done({"audit", "verify", "gwageo-data"});
  std::filesystem::rename(published, path("kept"));
  done({"audit", "verify", "gwageo-data"});
  write("gwageo-data/tiles/checkpoint", "");
  both_refuse(1, "take the file away");
  std::filesystem::remove(published);
  std::filesystem::create_symlink("nowhere", published);
  both_refuse(2, "No such file");
  std::filesystem::remove(published);
  const KeyFile keys = read_key_file(path("gwageo-data/keys/coordinator.key")).value();
  const NoteKey key = parse_vkey(keys.coordinator_verifier).value();
  Checkpoint head = open_checkpoint(read_file(path("kept"), 65536).value(), key).value();
  const std::string by_another = sign_checkpoint(head, SigningKey{{9}});
  write("gwageo-data/tiles/checkpoint", by_another);
  both_refuse(1, "take the file away");
  head.root = sha256("another story");
  write("gwageo-data/tiles/checkpoint", sign_checkpoint(head, keys.signing.signing));
  both_refuse(1, "changed after it was signed");
  std::filesystem::remove(published);
  std::filesystem::rename(path("kept"), published);
  done({"audit", "verify", "gwageo-data"});
}

TEST_F(OddFiles, APublishedLogWithoutItsCheckpointIsNamedAsOne) {
  stop(up("gwageo-data", 0));
  std::filesystem::copy(path("gwageo-data/tiles"), path("mirror"),
                        std::filesystem::copy_options::recursive);
  // Whose log it has to be is in the auditor's own key file.
  done({"audit", "verify", "mirror", "--key", "gwageo-data/keys/operator.key"});
  std::filesystem::remove(path("mirror/checkpoint"));
  for (const std::string verb : {"verify", "rescore"}) {
    expect({"audit", verb, "mirror"}, 2, {"mirror: a published log without its file"});
  }
}

}  // namespace
}  // namespace gwageo::testing
