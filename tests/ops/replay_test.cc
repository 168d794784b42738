// A target replayed day by day: what it says of a day is what judging that day alone says.
#include "coordinator/replay.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "coordinator/journal.h"
#include "coordinator/keys.h"
#include "coordinator/verdict_explanation.h"
#include "coordinator/verdict_history.h"
#include "coordinator/verdict_inputs.h"
#include "ops/examinations.h"
#include "ops/output.h"
#include "ops/rescoring.h"
#include "ops/verdict_chart_text.h"
#include "ops/verdict_text.h"

namespace gwageo::testing {
namespace {

class Replay : public ::testing::Test {
 protected:
  /// Half a year of references that come and, in the window of six months, go.
  void SetUp() override {
    auto created = Examinations::create(80, "2026-09-01");
    ASSERT_TRUE(created) << created.error().message;
    made_ = *std::move(created);
    made_->add_model("ant", ModelRole::reference, {2025, 12, 1});
    made_->add_model("bird", ModelRole::reference, {2026, 2, 28});
    made_->add_model("cat", ModelRole::reference, {2026, 5, 20});
    made_->add_model("new", ModelRole::candidate, {2026, 1, 10});
    made_->add_model("other", ModelRole::candidate, {2026, 3, 1});
    double accuracy = 0.6;
    for (const char* const name : {"ant", "bird", "cat", "new", "other"}) {
      ASSERT_TRUE(made_->examine(name, accuracy));
      accuracy += 0.05;
    }
  }

  const TargetAdded& target() const { return made_->state().targets().at("bench").back(); }

  /// The verdicts of all pages; `pages` of them at least.
  Json::Array replayed(const TargetAdded& by, const std::string& from, const std::string& to,
                       std::size_t pages = 1) {
    Json::Array verdicts;
    Judging judging(made_->store());
    std::optional<Date> day = parse_date(from);
    std::size_t count = 0;
    for (bool is_first = true; day; is_first = false) {
      const auto page = gather_page(made_->state(), by, *day, *parse_date(to), is_first);
      EXPECT_TRUE(page) << page.error().message;
      const Result<Json> answer = replay(*page, judging);
      EXPECT_TRUE(answer) << answer.error().message;
      const Json::Array& more = list(*answer, "verdicts");
      verdicts.insert(verdicts.end(), more.begin(), more.end());
      day = page->next ? parse_date(*page->next) : std::nullopt;
      ++count;
    }
    EXPECT_GE(count, pages);
    return verdicts;
  }

  std::unique_ptr<Examinations> made_;
};

std::string lines(const Json::Array& verdicts) {
  std::string text;
  for (const Json& verdict : verdicts) {
    text += shown(verdict, "as_of") + " " + shown(verdict, "candidate") + ":";
    for (const Json& move : list(verdict, "moves")) text += " " + shown(move, "text") + ";";
    text += "\n";
  }
  return text;
}

TEST_F(Replay, ShowsTheDaysOnWhichSomethingMoved) {
  EXPECT_EQ(lines(replayed(target(), "2026-01-08", "2026-09-10", 4)),
            "2026-01-10 new: the first verdict;\n"
            "2026-02-28 new: reference bird entered the cohort (released 2026-02-28);\n"
            "2026-03-01 other: the first verdict;\n"
            "2026-05-20 new: reference cat entered the cohort (released 2026-05-20);\n"
            "2026-05-20 other: reference cat entered the cohort (released 2026-05-20);\n"
            "2026-06-01 new: reference ant left the window (released 2025-12-01, out since "
            "2026-06-01);\n"
            "2026-06-01 other: reference ant left the window (released 2025-12-01, out since "
            "2026-06-01);\n"
            "2026-08-28 new: reference bird left the window (released 2026-02-28, out since "
            "2026-08-28);\n"
            "2026-08-28 other: reference bird left the window (released 2026-02-28, out since "
            "2026-08-28);\n");
}

TEST_F(Replay, EveryDayIsJudgedAsIfByItself) {
  std::map<std::string, std::vector<Json>> by_day;
  for (const Json& verdict : replayed(target(), "2026-01-01", "2026-09-10")) {
    by_day[shown(verdict, "as_of")].push_back(verdict);
  }
  std::map<std::string, Json> in_force;
  for (Date day{2026, 1, 1}; day <= Date{2026, 9, 10}; day = day_after(day)) {
    for (const Json& verdict : by_day[to_string(day)]) {
      in_force[shown(verdict, "candidate")] = verdict;
    }
    const auto input = look_back(made_->state(), target(), day);
    ASSERT_TRUE(input);
    const auto alone = Judging(made_->store()).judge(*input);
    ASSERT_TRUE(alone);
    ASSERT_EQ(alone->verdicts.size(), in_force.size()) << to_string(day);
    for (const Verdict& verdict : alone->verdicts) {
      const Json& replayed = in_force.at(verdict.candidate);
      const Json expected = to_json(verdict);
      for (const char* const key :
           {"verdict", "ratio", "ratio_exact", "meets", "ci", "n", "best_reference"}) {
        EXPECT_EQ(*replayed.find(key), *expected.find(key)) << to_string(day) << " " << key;
      }
    }
  }
}

TEST_F(Replay, JudgesOnlyWhereSomethingMoved) {
  Judging judging(made_->store());
  for (Date day{2026, 3, 1}; day <= Date{2026, 9, 1}; day = day_after(day)) {
    ASSERT_TRUE(judging.judge(*look_back(made_->state(), target(), day)));
  }
  EXPECT_EQ(judging.reached(), 8U);  // Two candidates, four cohorts.
}

TEST_F(Replay, AnotherPolicyJudgesWhatIsStored) {
  const TargetAdded other{
      "bench", 0, "target: other\nsuite: bench\nwindow: {months: 3}\nshare: 0.5\ncompare: best\n"};
  const Json::Array verdicts = replayed(other, "2026-06-01", "2026-09-10");
  ASSERT_FALSE(verdicts.empty());
  EXPECT_EQ(*verdicts[0].find("share"), Json(0.5));
  EXPECT_EQ(shown(verdicts[0], "best_reference"), "cat");
  EXPECT_EQ(shown(verdicts.back(), "verdict"), "pending");  // No cohort in the end.
  EXPECT_TRUE(made_->state().verdict_history().empty());
}

TEST_F(Replay, WhoIsNoCandidateAnyMoreIsGone) {
  made_->decide(ModelRetired{"other"});
  made_->decide(DayBegan{"2026-09-03"});
  EXPECT_EQ(lines(replayed(target(), "2026-08-30", "2026-09-02")),
            "2026-08-30 new: the first verdict;\n2026-08-30 other: the first verdict;\n"
            "2026-09-01 other: other is no candidate any more;\n");
}

TEST_F(Replay, TheNextMonthTakesAndBrings) {
  made_->add_model("dog", ModelRole::reference, {2026, 11, 2});
  Judging judging(made_->store());
  const auto today = gather(made_->state(), "bench", {2026, 9, 1});
  const auto then = gather(made_->state(), "bench", {2026, 11, 20});
  const auto moves = cohort_moves(*today, *then, judging);
  ASSERT_TRUE(moves);
  ASSERT_EQ(moves->size(), 2U);
  EXPECT_EQ((*moves)[0].text,
            "reference cat left the window (released 2026-05-20, out since 2026-11-20)");
  EXPECT_EQ((*moves)[0].after, "2026-11-20");
  EXPECT_EQ((*moves)[1].text,
            "reference dog entered the cohort (released 2026-11-02), not examined yet");
}

TEST_F(Replay, WhoExaminedANewcomerIsNamed) {
  made_->add_model("dog", ModelRole::reference, {2026, 11, 2});
  ASSERT_TRUE(made_->examine("dog", 1));
  const std::string job = std::to_string(made_->state().jobs().rbegin()->first.value);
  Judging judging(made_->store());
  const auto moves = cohort_moves(*gather(made_->state(), "bench", {2026, 9, 1}),
                                  *gather(made_->state(), "bench", {2026, 11, 20}), judging);
  ASSERT_TRUE(moves);
  EXPECT_EQ(moves->back().text, "reference dog entered the cohort (released 2026-11-02)");
  EXPECT_EQ(moves->back().job, job);
}

// ---- on record ----

class OnRecord : public Replay {
 protected:
  /// Judges a day and records what moved, as a coordinator does.
  void judge(const std::string& day) {
    made_->decide(DayBegan{day});
    const auto judgement =
        Judging(made_->store()).judge(*gather(made_->state(), "bench", *parse_date(day)));
    ASSERT_TRUE(judgement);
    for (std::size_t i = 0; i < judgement->reached.size(); ++i) {
      VerdictReached verdict = judgement->reached[i];
      const auto known = made_->state().verdicts().find({verdict.target, verdict.candidate});
      const bool is_known = known != made_->state().verdicts().end();
      if (is_known && known->second.inputs == verdict.inputs) continue;
      verdict.generation = is_known ? known->second.generation + 1 : 1;
      made_->put_blob(judgement->documents[i]);
      made_->decide(verdict);
    }
  }
  /// Of several whole examinations the first counts: so that one has to be disowned.
  void examine_again(const std::string& model, double accuracy) {
    for (const auto& [id, job] : made_->state().jobs()) {
      if (job.accepted.model != model) continue;
      made_->decide(AnswersDisowned{Examinations::worker_of(id), "a liar", "op"});
      break;
    }
    ASSERT_TRUE(made_->examine(model, accuracy));
  }
  TargetSight sight() const { return {made_->state(), {}, "bench"}; }
  Json page(const HistoryQuery& query) {
    const Result<Json> answer = history_page(made_->state(), made_->store(), query, sight());
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *answer : Json();
  }
  Json explained(const std::string& verdict) {
    const auto question = find_verdict(made_->state(), made_->store(), verdict);
    EXPECT_TRUE(question) << question.error().message;
    const Result<Json> answer = question ? explain(*question, made_->store()) : Json();
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *answer : Json();
  }
};

TEST_F(OnRecord, TheHistorySaysWhatMovedEachVerdict) {
  judge("2026-09-01");
  judge("2026-09-02");  // Nothing moved.
  examine_again("new", 0.9);
  judge("2026-09-03");
  const Json all = page({"bench", {}, 0, {}});
  EXPECT_EQ(
      lines(list(all, "verdicts")),
      "2026-09-01 new: the first verdict;\n2026-09-01 other: the first verdict;\n"
      "2026-09-03 new: scores of new moved (job 6): answers of worker w4 are disowned: a liar;\n");
  EXPECT_EQ(*all.find("total"), Json(3));
  EXPECT_EQ(*all.find("more"), Json(false));
  EXPECT_EQ(*list(all, "verdicts")[0].find("share"), Json(0.95));
  EXPECT_EQ(
      lines(list(page({"bench", "new", 0, 1}), "verdicts")),
      "2026-09-03 new: scores of new moved (job 6): answers of worker w4 are disowned: a liar;\n");
  EXPECT_EQ(*page({"bench", {}, 2, {}}).find("from"), Json(2));
  EXPECT_EQ(*page({"bench", {}, 99, {}}).find("next"), Json(3));
  EXPECT_EQ(history_page(made_->state(), made_->store(), {"none", {}, 0, {}}, sight()).error().kind,
            ErrorKind::not_found);
}

TEST_F(OnRecord, AVerdictIsDerivedDownToItems) {
  judge("2026-09-01");
  const Json answer = explained("bench/new");
  EXPECT_EQ(*answer.find("rule")->find("window")->find("first"), Json("2026-03-02"));
  EXPECT_EQ(*answer.find("rule")->find("window")->find("last"), Json("2026-09-01"));
  ASSERT_EQ(list(answer, "cohort").size(), 1U);
  EXPECT_EQ(shown(list(answer, "cohort")[0], "out_since"), "2026-11-20");
  EXPECT_EQ(shown(answer, "candidate_job"), "4");
  EXPECT_EQ(shown(answer, "reference_job"), "3");
  EXPECT_EQ(shown(answer, "method"), "score_test");
  // The tasks say what the totals say, and the items what the tasks say.
  std::int64_t ahead = 0;
  std::int64_t behind = 0;
  double candidate = 0;
  for (const Json& task : list(answer, "tasks")) {
    EXPECT_EQ(number(task, "both_right") + number(task, "only_candidate") +
                  number(task, "only_reference") + number(task, "both_wrong"),
              number(task, "n"));
    ahead += number(task, "only_candidate");
    behind += number(task, "only_reference");
    candidate += task.find("share")->as_double() * task.find("candidate")->as_double();
  }
  EXPECT_NEAR(candidate, answer.find("total")->as_double(), 1e-12);
  EXPECT_GT(behind, 0);
  EXPECT_GT(ahead, 0);
  const Json::Array& items = list(answer, "items");
  ASSERT_EQ(items.size(), static_cast<std::size_t>(std::min<std::int64_t>(behind, 10)));
  for (const Json& item : items) {
    EXPECT_EQ(*item.find("candidate"), Json(0.0));
    EXPECT_EQ(*item.find("reference"), Json(1.0));
    EXPECT_FALSE(shown(item, "item").empty());
  }
}

TEST_F(OnRecord, AVerdictHasAName) {
  judge("2026-09-01");
  examine_again("new", 0.9);
  judge("2026-09-03");
  EXPECT_EQ(number(explained("bench/new"), "generation"), 2);
  EXPECT_EQ(number(explained("bench/new@1"), "generation"), 1);
  EXPECT_TRUE(explained("bench/new@1").find("before")->is_null());
  EXPECT_EQ(number(*explained("bench/new").find("before"), "generation"), 1);
  for (const char* const text : {"bench/new@3", "bench/new@x", "bench/none", "none/new", "bench"}) {
    const auto question = find_verdict(made_->state(), made_->store(), text);
    ASSERT_FALSE(question) << text;
    EXPECT_EQ(question.error().kind, ErrorKind::not_found) << text;
  }
}

// Who answer alike have the same scores root, and jobs of their own.
TEST_F(OnRecord, TwoModelsThatAnswerAlikeAreToldApart) {
  examine_again("cat", 1);  // Job 6.
  examine_again("new", 1);
  judge("2026-09-01");
  auto question = find_verdict(made_->state(), made_->store(), "bench/new");
  ASSERT_TRUE(question);
  const Json answer = explain(*question, made_->store()).value();
  EXPECT_EQ(shown(answer, "candidate_job"), "7");
  EXPECT_EQ(shown(answer, "reference_job"), "6");
  EXPECT_NE(why_withheld(made_->state(), made_->store(), *question, "new").value(), "");
  EXPECT_NE(why_withheld(made_->state(), made_->store(), *question, "cat").value(), "");
  // Whoever is not known to own a job does not.
  question->sources.jobs.clear();
  EXPECT_NE(why_withheld(made_->state(), made_->store(), *question, "new").value(), "");
}

// The same answers asked again come to the same scores root: the job that counts is named.
TEST_F(OnRecord, AJobWhoseAnswersAreDisownedIsNoEvidence) {
  examine_again("new", 1);  // Job 6.
  judge("2026-09-01");
  made_->decide(AnswersDisowned{Examinations::worker_of(JobId{6}), "a liar", "op"});
  EXPECT_EQ(shown(explained("bench/new"), "candidate_job"), "6");  // Nothing took its place.
  ASSERT_TRUE(made_->examine("new", 1));
  judge("2026-09-02");
  EXPECT_EQ(shown(explained("bench/new"), "candidate_job"), "7");
  const Json now = *explained("bench/new").find("inputs");
  Json before = now;
  before["candidate"]["scores_root"] = nullptr;
  const std::vector<Move> moves =
      moves_between(before, now, move_sources(made_->state(), VerdictAge::newest));
  EXPECT_EQ(moves.at(0).text, "new was examined (job 7)");
  // Once another has taken its place it rested on what there was.
  made_->decide(AnswersDisowned{Examinations::worker_of(JobId{7}), "a liar", "op"});
  ASSERT_TRUE(made_->examine("new", 0.9));
  judge("2026-09-03");
  EXPECT_EQ(shown(explained("bench/new@1"), "candidate_job"), "6");
}

// ---- whose documents are gone ----

class WithoutDocuments : public OnRecord {
 protected:
  /// All of the store but the document of this verdict.
  std::unique_ptr<Store> without(const VerdictReached& verdict) {
    std::unique_ptr<Store> store = new_memory_store();
    WriteBatch batch;
    const std::string gone = keys::blob(verdict.document);
    EXPECT_TRUE(made_->store().scan("", "z", [&](std::string_view key, std::string_view value) {
      if (key != gone) batch.puts.emplace_back(key, value);
      return true;
    }));
    EXPECT_TRUE(store->write(batch, Sync::no));
    return store;
  }
  VerdictReached reached(std::uint64_t generation) {
    for (const VerdictReached& verdict : made_->state().verdict_history()) {
      if (verdict.candidate == "new" && verdict.generation == generation) return verdict;
    }
    ADD_FAILURE() << generation;
    return {};
  }
};

// A recovery brings no such document back, and nothing rests on it.
TEST_F(WithoutDocuments, ASupersededVerdictIsShownAllTheSame) {
  judge("2026-09-01");
  examine_again("new", 0.9);
  judge("2026-09-03");
  const std::unique_ptr<Store> store = without(reached(1));
  const Result<Json> page = history_page(made_->state(), *store, {"bench", "new", 0, {}}, sight());
  ASSERT_TRUE(page) << page.error().message;
  const Json::Array& verdicts = list(*page, "verdicts");
  EXPECT_EQ(lines(verdicts),
            "2026-09-01 new: the first verdict;\n"
            "2026-09-03 new: what moved it is not known: the verdict before's document is not at "
            "hand;\n");
  EXPECT_EQ(*verdicts[0].find("document_at_hand"), Json(false));
  EXPECT_EQ(shown(verdicts[0], "verdict"), reached(1).verdict);
  EXPECT_TRUE(verdicts[0].find("ratio")->is_null());
  EXPECT_EQ(*verdicts[1].find("document_at_hand"), Json(true));
  EXPECT_FALSE(verdicts[1].find("ratio")->is_null());
  EXPECT_NE(history_table(verdicts).find("1 of them has no document at hand: an archive or"),
            std::string::npos);

  auto question = find_verdict(made_->state(), *store, "bench/new@1");
  ASSERT_TRUE(question) << question.error().message;
  EXPECT_EQ(why_withheld(made_->state(), *store, *question, "cat").value(), "");
  const Result<Json> gone = explain(*question, *store);
  ASSERT_TRUE(gone) << gone.error().message;
  EXPECT_EQ(*gone->find("document_at_hand"), Json(false));
  EXPECT_EQ(shown(*gone, "verdict"), reached(1).verdict);
  const std::string text = derivation_text(*gone);
  for (const char* const part : {"bench/new@1", "Its document is not at hand: ", "--rows WHERE",
                                 "has to reach 0.95", "- the first verdict"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
  question = find_verdict(made_->state(), *store, "bench/new");
  ASSERT_TRUE(question);
  const Result<Json> now = explain(*question, *store);
  ASSERT_TRUE(now) << now.error().message;
  EXPECT_EQ(*now->find("document_at_hand"), Json(true));
  EXPECT_EQ(shown(list(*now, "moves")[0], "kind"), "unknown");
}

TEST_F(WithoutDocuments, TheNewestVerdictRestsOnIts) {
  judge("2026-09-01");
  examine_again("new", 0.9);
  judge("2026-09-03");
  const std::unique_ptr<Store> store = without(reached(2));
  const Result<Json> page = history_page(made_->state(), *store, {"bench", "new", 0, {}}, sight());
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().kind, ErrorKind::corrupt);
  const auto question = find_verdict(made_->state(), *store, "bench/new");
  ASSERT_FALSE(question);
  EXPECT_EQ(question.error().kind, ErrorKind::corrupt);
}

// Whoever may not read a job's items is told of no item, and not how often both were right either.
TEST_F(OnRecord, ATeamSeesTheItemsOfItsOwnJobsOnly) {
  judge("2026-09-01");
  auto question = find_verdict(made_->state(), made_->store(), "bench/new");
  ASSERT_TRUE(question);
  const auto why = [&](const std::string& team) {
    return why_withheld(made_->state(), made_->store(), *question, team).value();
  };
  EXPECT_NE(
      why("new").find("the best reference was examined by job 3, which is none of team new's"),
      std::string::npos)
      << why("new");
  EXPECT_NE(why("cat").find("the candidate was examined by job 4"), std::string::npos);
  question->withheld = why("new");
  const Json answer = explain(*question, made_->store()).value();
  EXPECT_TRUE(answer.find("items")->is_null());
  EXPECT_EQ(shown(answer, "items_withheld"), question->withheld);
  for (const Json& task : list(answer, "tasks")) EXPECT_EQ(task.find("both_right"), nullptr);
}

// ---- rescored ----

class Rescored : public OnRecord {
 protected:
  /// What an audit says of the verdict on `new`: its reason, empty where it comes out the same.
  std::string reason() {
    Evidence evidence;
    evidence.store = new_memory_store();
    WriteBatch batch;
    const Status copied =
        made_->store().scan("", "z", [&](std::string_view key, std::string_view value) {
          batch.puts.emplace_back(key, value);
          return true;
        });
    EXPECT_TRUE(copied);
    JournalWriter journal;
    for (const Fact& fact : made_->facts()) {
      JournalEntry entry = journal.append(Instant{1}, WallTime{1}, fact);
      batch.puts.emplace_back(keys::journal(entry.sequence), std::move(entry.bytes));
    }
    EXPECT_TRUE(evidence.store->write(batch, Sync::no));
    const Result<Rescoring> found = rescore(evidence, made_->facts().size(), {});
    EXPECT_TRUE(found) << found.error().message;
    for (const RejudgedVerdict& verdict : found->verdicts) {
      if (verdict.candidate == "new") return verdict.reason;
    }
    return "not judged again";
  }

  /// Records the verdict on `new` once more, with its document changed.
  void record_changed(const std::function<void(Json&)>& change) {
    VerdictReached verdict = made_->state().verdicts().at({"bench", "new"});
    Json document = read_document(made_->store(), verdict.document).value();
    change(document);
    const std::string bytes = document.dump();
    made_->put_blob(bytes);
    verdict.document = sha256(bytes);
    if (const Json* const inputs = document.find("inputs")) verdict.inputs = inputs_digest(*inputs);
    ++verdict.generation;
    made_->decide(verdict);
  }
};

TEST_F(Rescored, AVerdictComesOutTheSameWhateverMovedSince) {
  judge("2026-09-01");
  EXPECT_EQ(reason(), "");
  ASSERT_TRUE(made_->examine("new", 0.9));
  EXPECT_EQ(reason(), "");
  judge("2026-09-03");
  EXPECT_EQ(reason(), "");
}

TEST_F(Rescored, AChangedDocumentIsFound) {
  judge("2026-09-01");
  record_changed([](Json& document) { document["ratio"] = 0.99; });
  EXPECT_EQ(reason().find("the verdict comes out as "), 0U) << reason();
  record_changed([](Json& document) { document["inputs"]["suite"]["version"] = 7; });
  EXPECT_EQ(reason(), "no state of the journal leads to its inputs");
}

TEST_F(Rescored, OtherRulesOfJudgingAreNamed) {
  judge("2026-09-01");
  record_changed([](Json& document) { document["inputs"]["judge"] = judge_version + 1; });
  EXPECT_EQ(reason(), "it was judged by other rules (version 2) than this program's (1)");
  record_changed([](Json& document) {
    std::erase_if(document.as_object(),
                  [](const auto& member) { return member.first == "inputs"; });
  });
  EXPECT_EQ(reason(), "it was judged by other rules (version 0) than this program's (1)");
}

}  // namespace
}  // namespace gwageo::testing
