// The tamper matrix. A finished competition, and somebody who has its coordinator's whole disk and
// its signing key: each row changes something, signs it again where that is possible, and must be
// found by an auditor who has a key, a policy, and what somebody was shown before. Where it
// concerns the log, Go's code has to find it as well. The first bad record is named by whoever
// holds a mirror; tests/README.md says which tamperings have no row, and why.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/durable_file.h"
#include "coordinator/keys.h"
#include "ops/verification.h"
#include "tests/ops/attack.h"
#include "tests/ops/oracle.h"

namespace gwageo::testing {
namespace {

using FirstBad = std::optional<std::uint64_t>;

/// Who has to find it.
enum class Concerns {
  history,  ///< All was signed again: every checkpoint over the change, the mirror by its number.
  tiles,    ///< What was signed does not fit any more: whoever has the key. Go's code too.
  note,     ///< What is under the checkpoint: whoever has a policy.
  rows,     ///< Answers and files, which a published log has not: whoever has the directory.
};

struct Row {
  const char* name;
  Concerns concerns;
  FirstBad (*tamper)(Attack&);
  /// Part of what is found. Of histories: by whoever holds nothing; empty: they cannot know.
  const char* says;
};

// ---- histories that were signed again ----

FirstBad delete_an_entry(Attack& a) {
  const std::size_t at = a.last<ModelAdded>(12);
  a.erase(at);
  return at;
}
FirstBad edit_an_entry(Attack& a) {
  const std::size_t at = a.last<ModelAdded>();
  a.fact<ModelAdded>(at).released = "2026-01-01";
  return at;
}
FirstBad insert_an_entry(Attack& a) {
  const std::size_t at = a.last<Scored>(5);
  Record more = a.records[at];
  more.fact = DayBegan{"2026-06-30"};
  more.statement.reset();
  a.records.insert(a.records.begin() + static_cast<std::ptrdiff_t>(at), more);
  return at;
}
FirstBad swap_entries(Attack& a) {
  const std::vector<Record> before = a.records;
  const std::size_t at = a.last<VerdictReached>(3);
  std::swap(a.records[at], a.records[a.last<VerdictReached>()]);
  a.keep_times(before);
  return at;
}
FirstBad reorder_entries(Attack& a) {
  const std::vector<Record> before = a.records;
  const std::size_t at = a.records.size() - 20;
  std::reverse(a.records.begin() + static_cast<std::ptrdiff_t>(at), a.records.end());
  a.keep_times(before);
  return at;
}
FirstBad make_a_new_tree(Attack& a) {
  for (Record& one : a.records) one.wall.microseconds += 1;
  return 0;
}
FirstBad roll_back(Attack& a) {
  a.records.resize(a.records.size() - 40);
  return a.records.size();
}
FirstBad edit_an_answer_and_its_root(Attack& a) {
  const std::size_t at = a.last<ResultsRecorded>(2);
  a.fact<ResultsRecorded>(at).records_root = sha256("better answers");
  return at;
}
FirstBad change_a_score_and_its_verdict(Attack& a) {
  const std::size_t verdict = a.last<VerdictReached>();
  VerdictReached& reached = a.fact<VerdictReached>(verdict);
  reached.verdict = reached.verdict == "pass" ? "fail" : "pass";
  const std::size_t at = a.last<Scored>();
  a.fact<Scored>(at).sums.at(0).first -= 1;
  return std::min(at, verdict);
}
FirstBad drop_a_void(Attack& a) {
  const std::size_t at = a.last<LeaseEnded>();
  a.erase(at);
  return at;
}
FirstBad hide_a_failed_run(Attack& a) {
  const std::size_t at = a.last<JobAccepted>(6);
  const JobId job = a.fact<JobAccepted>(at).job;
  std::erase_if(a.records, [job](const Record& one) {
    return std::visit(
        [job](const auto& f) {
          if constexpr (requires { f.job == job; }) return f.job == job;
          return false;
        },
        one.fact);
  });
  return at;
}
FirstBad switch_the_generation(Attack& a) {
  const std::size_t at = a.last<VerdictReached>(2);
  a.fact<VerdictReached>(at).generation += 1;
  return at;
}
FirstBad swap_the_reference(Attack& a) {
  std::size_t nth = 0;
  while (a.fact<ModelAdded>(a.last<ModelAdded>(nth)).role != ModelRole::reference) ++nth;
  const std::size_t at = a.last<ModelAdded>(nth);
  a.fact<ModelAdded>(at).digest = sha256("a weaker one");
  return at;
}
FirstBad backdate(Attack& a) {
  const std::size_t at = a.last<StageClosed>();
  a.fact<StageClosed>(at).date = "2026-06-29";
  return at;
}
FirstBad turn_back_the_clock(Attack& a) {
  const std::size_t at = a.last<JobAccepted>();
  a.records[at].wall.microseconds -= 1;
  return at;
}

// ---- what was signed does not fit any more ----

FirstBad edit_in_place(Attack& a) {
  a.change_entries([](auto& entries) {
    static std::string changed;
    changed = entries[200];
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
    entries[200] = changed;
  });
  return 200;
}
FirstBad delete_in_place(Attack& a) {
  a.change_entries([](auto& entries) { entries.erase(entries.begin() + 100); });
  return std::nullopt;
}
FirstBad swap_in_place(Attack& a) {
  a.change_entries([](auto& entries) { std::swap(entries[100], entries[101]); });
  return 100;
}
FirstBad double_in_place(Attack& a) {
  a.change_entries([](auto& entries) { entries[100] = entries[99]; });
  return 100;
}
FirstBad extend_a_length(Attack& a) {
  a.change("tiles/tile/entries/000", [](std::string& bytes) { bytes[0] = '\xff'; });
  return std::nullopt;
}
FirstBad edit_a_hash(Attack& a) {
  a.change("tiles/tile/0/000", [](std::string& bytes) { bytes[32 * 44] ^= 1; });
  return 44;
}
FirstBad sign_by_another(Attack& a) {
  SigningKey other;
  other.bytes.fill(9);
  a.change("tiles/checkpoint", [&](std::string& bytes) {
    bytes = sign_checkpoint(*read_unchecked_checkpoint(bytes), other);
  });
  return std::nullopt;
}
FirstBad reuse_a_key_id(Attack& a) {
  SigningKey other;
  other.bytes.fill(9);
  a.change_note([&](Note& note) {
    const Note forged = *parse_note(sign_note(note.text, a.competition().kept().key().name, other));
    note.signatures[0].bytes = forged.signatures[0].bytes;
  });
  return std::nullopt;
}
FirstBad cut_the_signature(Attack& a) {
  a.change_note([](Note& note) { note.signatures.erase(note.signatures.begin()); });
  return std::nullopt;
}

// ---- what is under the checkpoint ----

FirstBad cut_a_cosignature(Attack& a) {
  a.change_note([](Note& note) { note.signatures.pop_back(); });
  return std::nullopt;
}
FirstBad reuse_a_witness_key_id(Attack& a) {
  SigningKey other;
  other.bytes.fill(9);
  a.change_note([&](Note& note) {
    NoteSignature& last = note.signatures.back();
    last.bytes = cosign(note.text, last.name, other, 1'700'000'001).bytes;
  });
  return std::nullopt;
}
/// What a policy with the operator's own witnesses would take.
FirstBad bring_other_witnesses(Attack& a) {
  a.change_note([](Note& note) {
    note.signatures.resize(1);
    for (const std::uint8_t n : {std::uint8_t{1}, std::uint8_t{2}}) {
      SigningKey own;
      own.bytes.fill(n);
      note.signatures.push_back(
          cosign(note.text, "w" + std::to_string(n) + ".example", own, 1'700'000'000));
    }
  });
  return std::nullopt;
}

// ---- answers and files ----

FirstBad edit_an_answer(Attack& a) {
  const std::size_t at = a.last<ResultsRecorded>(2);
  const auto& f = a.fact<ResultsRecorded>(at);
  std::string& block = a.rows.at(keys::result_block(f.job, f.ranges.front().begin, f.lease));
  block[block.size() - 9] = static_cast<char>(block[block.size() - 9] ^ 1);
  a.write_rows();
  return at;
}
FirstBad delete_answers(Attack& a) {
  const std::size_t at = a.last<ResultsRecorded>(2);
  const auto& f = a.fact<ResultsRecorded>(at);
  a.rows.erase(keys::result_block(f.job, f.ranges.front().begin, f.lease));
  a.write_rows();
  return at;
}
FirstBad edit_a_document(Attack& a) {
  const std::size_t at = a.last<StageClosed>();
  std::string& blob = a.rows.at(keys::blob(a.fact<StageClosed>(at).document));
  blob[blob.size() / 2] = static_cast<char>(blob[blob.size() / 2] ^ 1);
  a.write_rows();
  return at;
}

constexpr Row rows[] = {
    {"DeleteAnEntry", Concerns::history, delete_an_entry, "is not on record"},
    {"EditAnEntry", Concerns::history, edit_an_entry, "`released`"},
    {"InsertAnEntry", Concerns::history, insert_an_entry, ""},
    {"SwapEntries", Concerns::history, swap_entries, ""},
    {"ReorderEntries", Concerns::history, reorder_entries, "contradicts the records before it"},
    {"MakeANewTree", Concerns::history, make_a_new_tree, ""},
    {"RollBack", Concerns::history, roll_back, "block of results that no record vouches for"},
    {"EditAnAnswerAndItsRoot", Concerns::history, edit_an_answer_and_its_root,
     "differ from what was recorded"},
    {"ChangeAScoreAndItsVerdict", Concerns::history, change_a_score_and_its_verdict, ""},
    {"DropAVoid", Concerns::history, drop_a_void, "contradicts the records before it"},
    {"HideAFailedRun", Concerns::history, hide_a_failed_run, "contradicts the records before it"},
    {"SwitchTheGeneration", Concerns::history, switch_the_generation, ""},
    {"SwapTheReference", Concerns::history, swap_the_reference, "`digest`"},
    {"Backdate", Concerns::history, backdate, ""},
    {"TurnBackTheClock", Concerns::history, turn_back_the_clock, ""},
    {"EditInPlace", Concerns::tiles, edit_in_place, "record 200"},
    {"DeleteInPlace", Concerns::tiles, delete_in_place, "000: has 255 entries, not 256"},
    {"SwapInPlace", Concerns::tiles, swap_in_place, "its number is 101"},
    {"DoubleInPlace", Concerns::tiles, double_in_place, "its number is 99"},
    {"ExtendALength", Concerns::tiles, extend_a_length, "tile/entries/000"},
    {"EditAHash", Concerns::tiles, edit_a_hash, "tile/0/000: its hash 44"},
    {"SignByAnother", Concerns::tiles, sign_by_another, "no signature by"},
    {"ReuseAKeyId", Concerns::tiles, reuse_a_key_id, "false"},
    {"CutTheSignature", Concerns::tiles, cut_the_signature, "no signature by"},
    {"CutACosignature", Concerns::note, cut_a_cosignature, "the quorum \"G\""},
    {"ReuseAWitnessKeyId", Concerns::note, reuse_a_witness_key_id, "false"},
    {"BringOtherWitnesses", Concerns::note, bring_other_witnesses, "cosigned by: nobody"},
    {"EditAnAnswer", Concerns::rows, edit_an_answer, ""},
    {"DeleteAnswers", Concerns::rows, delete_answers, "are not in the store"},
    {"EditADocument", Concerns::rows, edit_a_document, "that it rests on is another"},
};

class TamperMatrix : public ::testing::TestWithParam<Row> {
 protected:
  static void SetUpTestSuite() { competition_ = std::make_unique<Competition>(); }
  static void TearDownTestSuite() { competition_.reset(); }

  static const KeptLog& kept() { return competition_->kept(); }
  static std::string key() { return to_vkey(kept().key()); }

  static void expect_found(const Verification& found, FirstBad first_bad, const std::string& says) {
    EXPECT_FALSE(found.ok);
    EXPECT_EQ(found.first_bad, first_bad) << found.reason;
    EXPECT_NE(found.reason.find(says), std::string::npos) << found.reason;
  }
  static void expect_refused(const std::vector<std::string>& words) {
    const std::string said = oracle(words);
    EXPECT_TRUE(said.starts_with("FAILED")) << words[0] << ": " << said;
  }

  static void expect_history_found(const Attack& attack, FirstBad first_bad, const Row& row) {
    const std::string mirror = competition_->mirror();
    const bool is_shorter = *first_bad == attack.records.size();
    const std::string changed =
        is_shorter ? " are gone"
                   : "record " + std::to_string(*first_bad) + " is not the one that is held in";
    for (const std::string& where : {attack.tiles(), attack.data()}) {
      expect_found(kept().audit(where, {mirror}, false), first_bad, changed);
      EXPECT_FALSE(kept().audit(where, {competition_->final()}, false).ok);
      EXPECT_FALSE(kept().audit(where, {}).ok) << "no witness has cosigned it";
    }
    EXPECT_TRUE(oracle({"log", attack.tiles(), key()}).starts_with("entries=")) << "it is signed";
    expect_refused({"consistent", attack.tiles(), key(), competition_->final()});
    const Result<std::string> early = read_file(competition_->early(), note_bytes_max);
    if (*first_bad < open_checkpoint(*early, kept().key())->size) {
      EXPECT_FALSE(kept().audit(attack.tiles(), {competition_->early()}, false).ok);
      expect_refused({"consistent", attack.tiles(), key(), competition_->early()});
    }
    // Whoever holds nothing has the attacker's word alone, which may contradict itself.
    const Verification alone = kept().audit(attack.data(), {}, false);
    EXPECT_EQ(alone.ok, *row.says == '\0') << alone.reason;
    EXPECT_NE(alone.reason.find(row.says), std::string::npos) << alone.reason;
  }

  static std::unique_ptr<Competition> competition_;
};

std::unique_ptr<Competition> TamperMatrix::competition_;

TEST_P(TamperMatrix, IsFound) {
  const Row& row = GetParam();
  Attack attack(*competition_, row.name);
  const FirstBad first_bad = row.tamper(attack);
  if (row.concerns == Concerns::history) {
    attack.sign_again();
    expect_history_found(attack, first_bad, row);
  }
  if (row.concerns == Concerns::tiles) {
    expect_found(kept().audit(attack.tiles(), {}, false), first_bad, row.says);
    expect_refused({"log", attack.tiles(), key()});
  }
  if (row.concerns == Concerns::note) {
    for (const std::string& where : {attack.tiles(), attack.data()}) {
      expect_found(kept().audit(where, {}), first_bad, row.says);
    }
    expect_refused(
        {"cosigned", attack.tiles() + "/checkpoint", to_vkey(kept().witnesses()[1].verifier())});
  }
  if (row.concerns == Concerns::rows) {
    expect_found(kept().audit(attack.data(), {}), first_bad, row.says);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, TamperMatrix, ::testing::ValuesIn(rows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(TamperMatrix, WhatNobodyTouchedIsGood) {
  for (const std::string& where : {kept().data(), kept().tiles()}) {
    const Verification found = kept().audit(where, kept().held());
    EXPECT_TRUE(found.ok) << found.reason;
    EXPECT_EQ(found.held, 1 + kept().held().size());
    EXPECT_GT(found.size, 256u) << "a whole tile has to be among them";
  }
  EXPECT_TRUE(oracle({"log", kept().tiles(), key()}).starts_with("entries="));
  EXPECT_TRUE(
      oracle({"consistent", kept().tiles(), key(), competition_->early()}).starts_with("from="));
  EXPECT_TRUE(oracle({"cosigned", kept().tiles() + "/checkpoint",
                      to_vkey(kept().witnesses()[1].verifier())})
                  .starts_with("time="));
}

// The attacker has the log's key, and no one else's: whoever has the tiles alone has what others
// signed.
TEST_F(TamperMatrix, WhatOthersSignedIsMissedInTheTilesAlone) {
  Attack answer(*competition_, "signed-answers");
  edit_an_answer_and_its_root(answer);
  answer.sign_again();
  const Verification other = kept().audit(answer.tiles(), {}, false);
  EXPECT_FALSE(other.ok);
  EXPECT_NE(other.reason.find("the worker signed other results"), std::string::npos)
      << other.reason;
  Attack entry(*competition_, "signed-entry");
  const FirstBad first_bad = edit_an_entry(entry);
  entry.sign_again();
  expect_found(kept().audit(entry.tiles(), {}, false), first_bad, "`released`");
  // What is not there is counted, unless the folder says that it is or somebody demands it, and
  // what is there under another's name refused.
  Attack none(*competition_, "no-statements");
  fs::remove_all(none.tiles() + "/statements");
  const Verification unseen = kept().audit(none.tiles(), {}, false);
  EXPECT_TRUE(unseen.ok) << unseen.reason;
  EXPECT_EQ(unseen.statements.checked, 0u);
  EXPECT_GT(unseen.statements.away, 0u);
  const Verification demanded = kept().audit(none.tiles(), {}, false, true);
  EXPECT_FALSE(demanded.ok);
  EXPECT_TRUE(demanded.first_bad.has_value());
  EXPECT_NE(demanded.reason.find("--statements demands"), std::string::npos) << demanded.reason;
  EXPECT_TRUE(kept().audit(kept().tiles(), {}, false, true).ok);
  Attack damaged(*competition_, "damaged-statement");
  const std::size_t at = damaged.last<StageClosed>();
  const std::string name = to_hex(damaged.records[at].statement->digest);
  damaged.change("tiles/statements/" + name, [](std::string& bytes) { bytes[0] ^= 1; });
  expect_found(kept().audit(damaged.tiles(), {}, false), at, name);
}

// A log that says of itself that no statement is missing is held to it.
TEST_F(TamperMatrix, AStatementIsWithheldWhereNoneIsMissingItSays) {
  Attack one(*competition_, "withheld-statement");
  const std::size_t at = one.last<StageClosed>();
  const std::string name = to_hex(one.records[at].statement->digest);
  const std::string mark = one.tiles() + "/statements/all";
  ASSERT_TRUE(fs::remove(one.tiles() + "/statements/" + name));
  expect_found(kept().audit(one.tiles(), {}, false), at, name);
  expect_found(kept().audit(one.tiles(), {}, false), at, mark + " says that none is missing");
  fs::remove(mark);
  const Verification unseen = kept().audit(one.tiles(), {}, false);
  EXPECT_TRUE(unseen.ok) << unseen.reason;
  EXPECT_EQ(unseen.statements.away, 1u);
  expect_found(kept().audit(one.tiles(), {}, false, true), at, "--statements demands");
  // What says something else vouches for nothing, and is no reason to look away.
  ASSERT_TRUE(replace_file(mark, "all of them, I swear"));
  const Verification sworn = kept().audit(one.tiles(), {}, false);
  EXPECT_FALSE(sworn.ok);
  EXPECT_NE(sworn.reason.find(mark), std::string::npos) << sworn.reason;
  Attack all(*competition_, "withheld-statements");
  for (const fs::directory_entry& entry : fs::directory_iterator(all.tiles() + "/statements")) {
    if (entry.path().filename() != "all") fs::remove(entry.path());
  }
  const Verification none = kept().audit(all.tiles(), {}, false);
  EXPECT_FALSE(none.ok);
  EXPECT_TRUE(none.first_bad.has_value());
}

// One story for a team and another for the auditor. Each is good as it stands; whoever sees both
// signed heads has proof, and a witness that has seen one does not cosign the other.
TEST_F(TamperMatrix, TwoStoriesAreTold) {
  Attack attack(*competition_, "two-stories");
  const FirstBad first_bad = change_a_score_and_its_verdict(attack);
  attack.sign_again();
  const Verification other = kept().audit(attack.tiles(), {}, false);
  EXPECT_TRUE(other.ok) << other.reason;
  expect_found(kept().audit(attack.tiles(), {competition_->mirror()}, false), first_bad,
               "is not the one that is held in");
  expect_refused({"consistent", attack.tiles(), key(), competition_->final()});
  const std::string note = *read_file(attack.tiles() + "/checkpoint", note_bytes_max);
  const Checkpoint seen =
      *open_checkpoint(*read_file(competition_->final(), note_bytes_max), kept().key());
  EXPECT_TRUE(is_split(seen, *open_checkpoint(note, kept().key())));
  const auto refused = witness(seen, {seen.size, {}, note}, kept().key(), kept().witnesses()[0], 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace gwageo::testing
