#include "protocol/key_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "protocol/digest.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

class KeyFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made =
        new_key_file("alice", KeyRole::operator_, new_curve_keys()->public_key, valid_vkey());
    ASSERT_TRUE(made) << made.error().message;
    keys_ = *made;
    text_ = key_file_text(keys_);
  }

  /// A vkey made as C2SP's signed-note says, by hand.
  static std::string valid_vkey() {
    const std::string key("\x01" + std::string(32, '\x07'));
    const std::string id = to_hex(sha256("gwageo\n" + key)).substr(0, 8);
    return "gwageo+" + id + "+" + to_base64(key);
  }
  std::string path(const std::string& name) const { return (directory_ / name).string(); }
  void put(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path(name), std::ios::binary) << text;
    ASSERT_EQ(chmod(path(name).c_str(), mode), 0);
  }
  std::string with(const std::string& from, const std::string& to) const {
    std::string text = text_;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }
  std::string without_line_of(const std::string& name) const {
    const std::size_t begin = text_.find("\n" + name + ": ") + 1;
    return text_.substr(0, begin) + text_.substr(text_.find('\n', begin) + 1);
  }
  static void expect_refused(const std::string& text, const std::string& part) {
    const auto parsed = parse_key_file("alice.key", text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::bad_input);
    EXPECT_NE(parsed.error().message.find(part), std::string::npos) << parsed.error().message;
  }
  static void expect_same(const KeyFile& a, const KeyFile& b) {
    EXPECT_EQ(key_file_text(a), key_file_text(b));
  }

  const testing::TemporaryFolder temporary_;
  const fs::path directory_ = temporary_.path();
  KeyFile keys_;
  std::string text_;
};

TEST_F(KeyFileTest, RoundTrips) {
  const std::string file = path("alice.key");
  ASSERT_TRUE(write_key_file(file, keys_));
  const auto read = read_key_file(file);
  ASSERT_TRUE(read) << read.error().message;
  expect_same(*read, keys_);
  EXPECT_EQ(read->principal, "alice");
  EXPECT_EQ(read->role, KeyRole::operator_);
  EXPECT_EQ(read->curve, keys_.curve);
  EXPECT_EQ(read->coordinator_verifier, valid_vkey());
}

TEST_F(KeyFileTest, EveryRoleRoundTrips) {
  for (const KeyRole role : {KeyRole::operator_, KeyRole::team, KeyRole::auditor, KeyRole::worker,
                             KeyRole::coordinator}) {
    keys_.role = role;
    const auto parsed = parse_key_file("k", key_file_text(keys_));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->role, role);
  }
  EXPECT_FALSE(key_role_from("admin"));
  EXPECT_FALSE(key_role_from(""));
}

TEST_F(KeyFileTest, SaysFirstThatItIsSecret) {
  EXPECT_EQ(text_.rfind("# gwageo key file. SECRET", 0), 0U);
}

TEST_F(KeyFileTest, IsWrittenForItsOwnerOnlyAndReplacesWhole) {
  const std::string file = path("alice.key");
  put("alice.key", "what was there before", 0644);
  const mode_t mask = umask(0);
  EXPECT_TRUE(write_key_file(file, keys_));
  umask(mask);
  struct stat about {};
  ASSERT_EQ(stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_TRUE(read_key_file(file));
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);
}

TEST_F(KeyFileTest, AFailedWriteLeavesWhatWasThere) {
  fs::create_directory(path("alice.key"));
  const Status written = write_key_file(path("alice.key"), keys_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::io);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);
  EXPECT_FALSE(write_key_file(path("no/such/directory/alice.key"), keys_));
}

TEST_F(KeyFileTest, IsRefusedWhenOthersMayReadOrWriteIt) {
  for (const mode_t mode : {0640U, 0604U, 0660U, 0602U, 0644U, 0610U}) {
    put("alice.key", text_, mode);
    const auto read = read_key_file(path("alice.key"));
    ASSERT_FALSE(read) << std::oct << mode;
    EXPECT_EQ(read.error().kind, ErrorKind::not_allowed);
    EXPECT_NE(read.error().message.find("chmod 600 " + path("alice.key")), std::string::npos);
  }
  for (const mode_t mode : {0600U, 0400U}) {
    put("alice.key", text_, mode);
    EXPECT_TRUE(read_key_file(path("alice.key"))) << std::oct << mode;
    fs::remove(path("alice.key"));
  }
}

TEST_F(KeyFileTest, ShowsTheCoordinatorsPublicKeyToWhoeverCanReadIt) {
  for (const mode_t mode : {0600U, 0444U}) {
    put("alice.key", text_, mode);
    EXPECT_EQ(*read_coordinator_verifier(path("alice.key")), keys_.coordinator_verifier);
    fs::remove(path("alice.key"));
  }
  EXPECT_EQ(read_coordinator_verifier(path("alice.key")).error().kind, ErrorKind::not_found);
  put("alice.key", "no key\n", 0444);
  EXPECT_EQ(read_coordinator_verifier(path("alice.key")).error().kind, ErrorKind::bad_input);
}

TEST_F(KeyFileTest, IsRefusedWhenItIsNoFile) {
  EXPECT_EQ(read_key_file(path("absent")).error().kind, ErrorKind::not_found);
  EXPECT_EQ(read_key_file(directory_.string()).error().kind, ErrorKind::bad_input);
  // A pipe that nobody writes to must not make us wait.
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_key_file(path("pipe")).error().kind, ErrorKind::bad_input);
}

TEST_F(KeyFileTest, IsBounded) {
  const std::string padding(key_file_bytes_max - text_.size() - 1, '#');
  put("alice.key", text_ + padding + "\n");
  EXPECT_TRUE(read_key_file(path("alice.key")));
  put("alice.key", text_ + padding + "#\n");
  EXPECT_FALSE(read_key_file(path("alice.key")));
  expect_refused(text_ + padding + "#\n", "too large");
}

TEST_F(KeyFileTest, NamesTheLineOfWhatIsWrong) {
  expect_refused(with("role: operator", "role: admin"), "alice.key:4: \"role\" is operator");
  expect_refused(with("format: 1", "format: 2"), "alice.key:2: ");
  expect_refused(with("principal: alice", "principal: al ice"), "alice.key:3: ");
  expect_refused(with("principal: alice", "principal: .alice"), "alice.key:3: ");
  expect_refused(with("principal: alice", "principal: "), "alice.key:3: ");
  expect_refused(with("principal: alice", "principal:alice"), "alice.key:3: expected");
  expect_refused(with("principal: alice", "principal: alice\r"), "alice.key:3: ");
  expect_refused(with("principal: alice", "principal: alice\nprincipal: bob"),
                 "alice.key:4: \"principal\" was given on line 3 already");
  expect_refused(with("principal: alice", "principal: alice\ncolour: red"),
                 "alice.key:4: \"colour\" is no field");
  expect_refused(with("principal", "Principal"), "alice.key:3: expected");
  expect_refused(text_ + "no colon\n", "alice.key:11: expected");
  expect_refused(text_ + "format: 1", "alice.key:11: the last line has no end");
  expect_refused("", "is missing");
}

TEST_F(KeyFileTest, NeedsEveryField) {
  for (const char* name :
       {"format", "principal", "role", "curve_public", "curve_secret", "signing_public",
        "signing_seed", "coordinator_curve_public", "coordinator_verifier"}) {
    expect_refused(without_line_of(name), "\"" + std::string(name) + "\" is missing");
  }
}

TEST_F(KeyFileTest, RefusesMalformedKeysAndNeverRepeatsASecret) {
  const std::string secret = to_z85(keys_.curve.secret_key);
  const std::string seed = to_hex(Digest{keys_.signing.signing.bytes});
  const std::vector<std::string> texts = {
      with(secret, secret.substr(1)),
      with(secret, secret + "0"),
      with(secret, "\"" + secret.substr(1)),
      with(secret, std::string("#####") + secret.substr(5)),
      with(secret, to_z85(new_curve_keys()->secret_key)),
      with(secret, secret.substr(0, 20) + std::string(1, '\0') + secret.substr(21)),
      with(seed, seed.substr(1)),
      with(seed, seed + "00"),
      with(seed, "g" + seed.substr(1)),
      with(seed, std::string(64, '0')),
  };
  for (const std::string& text : texts) {
    const auto parsed = parse_key_file("alice.key", text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message.find(secret.substr(8, 8)), std::string::npos);
    EXPECT_EQ(parsed.error().message.find(seed.substr(8, 8)), std::string::npos);
  }
}

TEST_F(KeyFileTest, ChecksTheCoordinatorsVerifier) {
  const std::string vkey = valid_vkey();
  expect_refused(with(vkey, "other" + vkey.substr(6)), "vkey");  // Another name has another id.
  expect_refused(with(vkey, vkey.substr(6)), "vkey");
  expect_refused(with(vkey, vkey + "="), "vkey");
  expect_refused(with(vkey, "gwageo"), "vkey");
  expect_refused(with(vkey, vkey.substr(0, 15)), "vkey");
}

TEST_F(KeyFileTest, NewKeysDiffer) {
  const auto other = new_key_file("alice", KeyRole::operator_, keys_.coordinator_curve_public,
                                  keys_.coordinator_verifier);
  ASSERT_TRUE(other);
  EXPECT_NE(other->curve.secret_key, keys_.curve.secret_key);
  EXPECT_NE(other->signing.verifying, keys_.signing.verifying);
}

TEST(CurveKeyTest, TextsAreOneToOne) {
  // The smallest and the largest key.
  CurvePublicKey key;
  EXPECT_EQ(to_z85(key), std::string(40, '0'));
  key.bytes.fill(0xff);
  const std::string largest = to_z85(key);
  EXPECT_EQ(largest, "%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0");
  EXPECT_EQ(curve_public_key_from_z85(largest), key);
  EXPECT_FALSE(curve_public_key_from_z85("%nSc1" + largest.substr(5)));
  EXPECT_FALSE(curve_public_key_from_z85(largest.substr(0, 35)));
  EXPECT_FALSE(curve_public_key_from_z85(largest + "00000"));
  EXPECT_FALSE(curve_public_key_from_z85(""));
  const auto pair = new_curve_keys();
  ASSERT_TRUE(pair);
  EXPECT_EQ(public_key_of(pair->secret_key), pair->public_key);
  EXPECT_EQ(curve_secret_key_from_z85(to_z85(pair->secret_key)), pair->secret_key);
}

}  // namespace
}  // namespace gwageo
