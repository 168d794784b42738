// A data directory on disk for a coordinator whose store is in memory: it signs and publishes,
// witnesses cosign, and people keep what they were shown. An auditor then reads the directory, or
// nothing but its tiles, as `gwageo audit verify` does.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/durable_file.h"
#include "coordinator/keys.h"
#include "coordinator/rocks_store.h"
#include "ops/published_log.h"
#include "ops/verification.h"
#include "protocol/merkle_proof.h"
#include "protocol/transparency/witness.h"
#include "tests/temporary_folder.h"

namespace gwageo::testing {

namespace fs = std::filesystem;

/// The journal in a store, as whoever signs it sees it.
inline Checkpoint head_of(const Store& store, const std::string& origin) {
  MerkleFrontier tree;
  const keys::KeyRange all = keys::journal_from(0);
  EXPECT_TRUE(store.scan(all.first, all.second, [&](auto, std::string_view bytes) {
    tree.add(merkle_leaf(bytes));
    return true;
  }));
  return {origin, tree.size(), tree.root()};
}

/// One owner, one thread.
class KeptLog {
 public:
  KeptLog(const std::string& origin, std::uint8_t seed) {
    keys_.signing.signing.bytes.fill(seed);
    keys_.signing.verifying = verifying_key(keys_.signing.signing);
    key_ = {origin, keys_.signing.verifying};
    keys_.coordinator_verifier = to_vkey(key_);
    for (std::uint8_t i = 0; i < 3; ++i) {
      witnesses_.push_back({"w" + std::to_string(i) + ".example", SigningKey{}});
      witnesses_.back().key.bytes.fill(static_cast<std::uint8_t>(100 + i));
    }
    std::string policy = "log " + to_vkey(key_) + "\n";
    for (const WitnessKey& one : witnesses_) {
      policy += "witness " + one.name + " " + to_vkey(one.verifier()) + "\n";
    }
    policy += "group G 2 w0.example w1.example w2.example\nquorum G\n";
    EXPECT_TRUE(replace_file(path("policy"), policy));
    open_directory();
  }
  ~KeptLog() {
    log_.reset();
    directory_.reset();
  }
  KeptLog(const KeptLog&) = delete;
  KeptLog& operator=(const KeptLog&) = delete;

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string data() const { return path("data"); }
  std::string tiles() const { return data() + "/tiles"; }
  const NoteKey& key() const { return key_; }
  const SigningKey& secret() const { return keys_.signing.signing; }
  const std::vector<WitnessKey>& witnesses() const { return witnesses_; }
  const std::vector<std::string>& held() const { return held_; }

  // ---- the coordinator ----

  /// Before it let anybody in, it signed the first record.
  void found(const Store& store) {
    const auto first = store.read(keys::journal(0));
    ASSERT_TRUE(first && *first);
    const Checkpoint head{key_.name, 1, merkle_leaf(**first)};
    ASSERT_TRUE(replace_file(directory_->checkpoint_path(), sign_checkpoint(head, secret())));
  }

  /// A start of it. An error says why nothing may be served.
  Status start(const Store& store) {
    log_.reset();
    GWAGEO_ASSIGN(opened, PublishedLog::open(*directory_, store, keys_, {}));
    log_ = std::move(opened);
    return {};
  }
  PublishedLog& log() { return *log_; }

  // ---- others ----

  /// A witness looks at what is published or offered and cosigns it, or not.
  Status cosign(std::size_t which, std::uint64_t seconds) {
    const LogAccess access = log_->access();
    const Result<std::string> note = access.checkpoint();
    if (!note) return {};
    const WitnessKey& one = witnesses_.at(which);
    GWAGEO_ASSIGN(head, open_checkpoint(*note, key_));
    std::optional<Checkpoint>& last = last_[one.name];
    CosignRequest request{last ? last->size : 0, {}, *note};
    if (last && last->size < head.size) {
      GWAGEO_ASSIGN(proof, prove_consistency(last->size, head.size,
                                             nodes_from_tiles(head.size, access.tile)));
      request.proof = std::move(proof);
    }
    GWAGEO_ASSIGN(cosigned, witness(last, request, key_, one, seconds));
    last = head;
    return access.cosign(one.verifier(), cosigned);
  }
  /// Somebody keeps the checkpoint that is published; false where there is none.
  bool keep_checkpoint() {
    const Result<std::string> note = read_published_checkpoint(tiles());
    if (!note) return false;
    held_.push_back(path("held-" + std::to_string(held_.size())));
    EXPECT_TRUE(replace_file(held_.back(), *note));
    return true;
  }
  /// Somebody keeps a mirror of all that is published.
  bool keep_mirror() {
    if (!fs::exists(tiles() + "/checkpoint")) return false;
    held_.push_back(path("mirror-" + std::to_string(held_.size())));
    fs::copy(tiles(), held_.back(), fs::copy_options::recursive);
    return true;
  }

  // ---- the auditor ----

  /// The coordinator has stopped, and its rows are on disk.
  void stop(const Store& store) {
    log_.reset();
    WriteBatch batch;
    EXPECT_TRUE(store.scan("", "\xff", [&](std::string_view key, std::string_view value) {
      batch.puts.emplace_back(key, value);
      return true;
    }));
    fs::remove_all(directory_->store_path());
    RocksOptions options;
    options.path = directory_->store_path();
    options.reserve_bytes = 0;
    {
      const auto rocks = open_rocks_store(options);
      ASSERT_TRUE(rocks) << rocks.error().message;
      ASSERT_TRUE((*rocks)->write(batch, Sync::yes));
    }
    directory_.reset();
  }
  /// What `gwageo audit verify WHERE --policy FILE --from each of HELD` finds; without a quorum it
  /// only wants the coordinator's signature. With --statements, if `wants_statements`.
  Verification audit(const std::string& where, const std::vector<std::string>& held,
                     bool wants_quorum = true, bool wants_statements = false) const {
    Invocation arguments;
    if (wants_quorum) arguments.add("policy", path("policy"));
    if (!wants_quorum) arguments.add("signer", to_vkey(key_));
    for (const std::string& one : held) arguments.add("from", one);
    if (wants_statements) arguments.add("statements", "");
    const Result<Evidence> evidence = open_evidence(arguments, where);
    Verification damaged;
    if (!evidence) damaged.reason = evidence.error().message;
    const Result<Verification> found = evidence ? verify(*evidence) : damaged;
    if (!found) damaged.reason = found.error().message;
    return found ? *found : damaged;
  }

 private:
  void open_directory() {
    Result<DataDirectory> opened = DataDirectory::open(data(), DataDirectory::Missing::create);
    ASSERT_TRUE(opened) << opened.error().message;
    directory_ = *std::move(opened);
  }

  const testing::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
  KeyFile keys_;
  NoteKey key_;
  std::vector<WitnessKey> witnesses_;
  std::map<std::string, std::optional<Checkpoint>> last_;  ///< That each witness has cosigned.
  std::optional<DataDirectory> directory_;
  std::unique_ptr<PublishedLog> log_;
  std::vector<std::string> held_;
};

}  // namespace gwageo::testing
