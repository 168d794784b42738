#include "coordinator/coordinator.h"

#include <algorithm>

#include "coordinator/embargo.h"
#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/lookup.h"
#include "coordinator/lost_answers.h"
#include "coordinator/page.h"
#include "coordinator/planted_bug.h"
#include "coordinator/programme_rules.h"
#include "coordinator/report.h"
#include "coordinator/stage_document.h"
#include "coordinator/unasked_checks.h"
#include "protocol/check.h"
#include "protocol/codec.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

/// Frames made before the sync that they wait for; what is beyond is made when it is sent.
constexpr std::size_t frames_bytes_ahead = std::size_t{1} << 20;

Answered page(PageDone& done) {
  if (!done.page) return refusal(done.page.error());
  Answered answer;
  if (const std::optional<JobHead>& head = done.page->head) {
    answer.body["head"] = to_json(*head);
    if (head->plan_root) answer.body["plan_root"] = to_hex(*head->plan_root);
  }
  answer.body["next"] = done.page->next;
  answer.body["more"] = done.page->more;
  answer.attachments = pieces_of(done.page->bytes);
  return answer;
}

/// Who waits for what comes of the event; 0: nobody.
ClientToken client_of(const Event& event) {
  return std::visit(
      [](const auto& e) -> ClientToken {
        if constexpr (requires { e.client; }) return e.client;
        return 0;
      },
      event);
}

Answered answered(Result<Json> body) {
  if (!body) return refusal(body.error());
  Answered answer;
  answer.body = *std::move(body);
  return answer;
}

}  // namespace

Result<std::unique_ptr<Coordinator>> Coordinator::open(Store& store,
                                                       const CoordinatorOptions& options,
                                                       const Moment& moment) {
  JournalVerifier verifier;
  State state;
  std::set<Digest> used;
  std::optional<Error> bad;
  CheckDraws draws;
  const keys::KeyRange all = keys::journal_from(0);
  GWAGEO_TRY(store.scan(all.first, all.second, [&](std::string_view, std::string_view bytes) {
    const Result<Record> record = verifier.add(bytes);
    if (!record) {
      bad = record.error();
      return false;
    }
    state.apply(record->at, record->fact);
    // What it would complain of is an audit's to say.
    (void)draws.see(*record, verifier.head().last_leaf);
    if (record->statement) used.insert(record->statement->digest);
    return true;
  }));
  if (bad) return tl::unexpected(*bad);
  const bool is_new = verifier.size() == 0;
  std::unique_ptr<Coordinator> coordinator(
      new Coordinator(store, options, verifier.head(), std::move(state), moment));
  coordinator->used_ = std::move(used);
  if (is_new) coordinator->step(moment, Proposed{0, Founded{options.origin, options.zone}});
  coordinator->step(moment, Proposed{0, CoordinatorStarted{options.version}});
  for (CheckItem& item : unasked_checks(store, coordinator->plans_, coordinator->state(), draws,
                                        coordinator->log_base_)) {
    coordinator->scheduler_->resume_check(std::move(item));
  }
  coordinator->take(coordinator->scheduler_->resume(), nullptr);
  return coordinator;
}

Coordinator::Coordinator(Store& store, const CoordinatorOptions& options, JournalHead head,
                         State state, const Moment& moment)
    : store_(store),
      options_(options),
      journal_(std::move(head)),
      plans_(store),
      log_base_(journal_.last_time()),
      monotonic_base_(moment.monotonic),
      wall_base_(moment.wall) {
  scheduler_ = std::make_unique<Scheduler>(std::move(state), log_base_, options.life);
}

Instant Coordinator::log_time(const Moment& moment) const {
  if (planted(PlantedBug::expiry_by_wall_clock)) {
    return log_base_ + Duration{moment.wall.microseconds - wall_base_.microseconds};
  }
  return log_base_ + (moment.monotonic - monotonic_base_);
}

void Coordinator::step(const Moment& moment, const Event& event, Results* results) {
  const Instant now = log_time(moment);
  const std::size_t facts_before = facts_.size();
  step_time_ = now;
  Actions actions = scheduler_->step(now, event);
  const ClientToken client = client_of(event);
  if (client != 0 && !actions.facts.empty()) note_signed(client, facts_before);
  take(std::move(actions), results);
  if (facts_.size() > facts_before) fact_times_.emplace_back(now, facts_.size());
}

void Coordinator::note_signed(ClientToken client, std::size_t fact) {
  const auto found = signed_.find(client);
  if (found == signed_.end()) return;
  SignedCommand& command = found->second;
  batch_.puts.emplace_back(keys::blob(command.statement.digest), std::move(command.bytes));
  used_.insert(command.statement.digest);
  statements_.emplace(fact, std::move(command.statement));
  signed_.erase(found);
}

void Coordinator::take(Actions actions, Results* results) {
  for (Fact& fact : actions.facts) facts_.push_back(std::move(fact));
  for (const Keep& kept : actions.keeps) {
    GWAGEO_CHECK(results != nullptr);
    keep(kept, *results);
  }
  for (Send& what : actions.sends) outgoing_.emplace_back(std::move(what));
  for (const Answer& answer : actions.answers) reply(answer);
  for (const JobId id : actions.evaluate) {
    errands_.emplace_back(EvaluateErrand{on_record(state(), *state().job(id)), std::nullopt});
  }
  judge_ = judge_ || actions.judge;
  if (actions.submit) submit_ = std::move(actions.submit);
  if (actions.round) errands_.emplace_back(RoundErrand{*std::move(actions.round)});
  wake_at_.reset();
  if (actions.wake_at) wake_at_ = monotonic_base_ + (*actions.wake_at - log_base_);
}

void Coordinator::keep(const Keep& kept, Results& results) {
  ResultBlock block;
  block.worker = results.worker;
  block.lease = kept.lease;
  block.at = step_time_;
  block.engine_time = results.engine_time;
  auto range = kept.ranges.begin();
  block.items.reserve(results.items.size());
  for (ItemResult& item : results.items) {
    while (range != kept.ranges.end() && item.index >= range->end) ++range;
    if (range == kept.ranges.end()) break;
    if (item.index >= range->begin) block.items.push_back(std::move(item));
  }
  GWAGEO_CHECK(!block.items.empty());
  counters_.records += block.items.size();
  batch_.puts.emplace_back(keys::result_block(kept.job, block.items.front().index, kept.lease),
                           encode(block));
}

void Coordinator::tick(const Moment& moment) {
  for (const AskingFailed& failed : std::exchange(unasked_, {})) {
    const Lease* const lease = state().lease(failed.lease);
    if (lease != nullptr) unasked_jobs_[lease->granted.job] = failed.reason;
    step(moment, failed);
  }
  step(moment, Tick{});
  submit_wanted(moment);
}

void Coordinator::submit_wanted(const Moment& moment) {
  if (!submit_) return;
  SubmitReceived event{0, *std::exchange(submit_, std::nullopt), {}};
  Result<std::vector<Adoption>> adoptions = find_adoptions(state(), plans_, event.job);
  if (!adoptions && adoptions.error().kind != ErrorKind::corrupt) {
    broken_ = adoptions.error();
    return;
  }
  // Of a plan that is damaged nothing is known; the job is held back once it is to be asked.
  event.adoptions = std::move(adoptions).value_or(std::vector<Adoption>{});
  step(moment, event);
}

void Coordinator::begin_day(const Moment& moment, const std::string& date) {
  if (date <= state().day()) return;
  step(moment, Proposed{0, DayBegan{date}});
  replay_.reset();  // Whoever left a replay half way does not come back.
}

void Coordinator::register_principal(const Moment& moment, const PrincipalRegistered& principal) {
  step(moment, Proposed{0, principal});
}

// As things are now, which may be later than when it was asked.
Answered Coordinator::explain(const EvaluateErrand& errand, std::vector<Failure> failures) const {
  const JobId job = errand.input.job.accepted.job;
  for (Failure& failure : failures) {
    const std::vector<FailureReason>& known = last_errors_.of(job, failure.outcome);
    if (!failure.reason.empty() || known.empty()) continue;
    failure.reason =
        "the last such try of the job, of item " + known.back().item + ": " + known.back().reason;
    failure.reasons.assign(known.rbegin(), known.rend());
    failure.counts_tries = true;
  }
  Answered answer;
  answer.body = report::waits(Forecast(*scheduler_), *state().job(job), errand.viewer);
  answer.body["failures"] = report::failures(failures);
  answer.body["load_errors"] =
      report::load_errors(scheduler_->load_errors(errand.input.job.accepted.class_key));
  return answer;
}

Answered Coordinator::answer_evaluated(EvaluateDone& evaluated) const {
  if (!evaluated.lost.empty()) {
    const JobId job = evaluated.errand.input.job.accepted.job;
    const std::string damaged =
        evaluated.lost + ": " + advice_on_lost_answers(evaluated.errand.input.job);
    Answered answer;
    if (evaluated.errand.explains) {
      answer = explain(evaluated.errand, {});
      answer.body["damaged"] = damaged;
    } else {
      answer.code = ReplyCode::failed;
      answer.body["error"] = "job " + std::to_string(job.value) + ": " + damaged;
    }
    return answer;
  }
  if (!evaluated.evaluation) return refusal(evaluated.evaluation.error());
  if (evaluated.errand.explains) {
    return explain(evaluated.errand, std::move(evaluated.evaluation->failures));
  }
  Answered answer;
  answer.body = report::results(head_of(state(), evaluated.errand.input.job),
                                evaluated.evaluation->scored, evaluated.evaluation->scorecard);
  return answer;
}

void Coordinator::finish(const Moment& moment, ErrandDone done) {
  if (auto* const rendered = std::get_if<RenderDone>(&done)) {
    Status may = check_asker(rendered->client);
    if (!rendered->rendered) may = tl::unexpected(rendered->rendered.error());
    if (!may) return reply(rendered->client, refusal(may.error()));
    auto& [suite, warning] = *rendered->rendered;
    return step(moment, Proposed{rendered->client, std::move(suite), std::move(warning)});
  }
  if (const auto* const drawn = std::get_if<DrawDone>(&done)) {
    Status may = check_asker(drawn->client);
    if (!drawn->drawn) may = tl::unexpected(drawn->drawn.error());
    if (may) may = check_fact(*drawn->drawn);  // It names who ran what, and a record has a bound.
    if (!may) return reply(drawn->client, refusal(may.error()));
    return step(moment, Proposed{drawn->client, *drawn->drawn});
  }
  if (auto* const asked = std::get_if<AnswerDone>(&done)) {
    return reply(asked->client, answered(std::move(asked->answer)));
  }
  if (const auto* const round = std::get_if<RoundDone>(&done)) {
    if (round->plan) return step(moment, Proposed{0, *round->plan});
    // Of a suite whose files were altered none is made, and everybody else's jobs go on.
    if (round->plan.error().kind != ErrorKind::corrupt) broken_ = round->plan.error();
    return;
  }
  if (auto* const judged = std::get_if<JudgeDone>(&done)) return end_judgement(moment, *judged);
  if (auto* const closed = std::get_if<CloseDone>(&done)) {
    return close_stage(moment, std::move(*closed));
  }
  if (auto* const read = std::get_if<PageDone>(&done)) {
    if (!read->page || !read->page->more) pages_.reset();
    return reply(read->client, page(*read));
  }
  if (auto* const replayed = std::get_if<ReplayDone>(&done)) {
    const bool is_over = !replayed->answer || replayed->answer->find("next")->is_null();
    if (is_over) replay_.reset();
    return reply(replayed->client, answered(std::move(replayed->answer)));
  }
  EvaluateDone& evaluated = std::get<EvaluateDone>(done);
  const JobId job = evaluated.errand.input.job.accepted.job;
  if (!evaluated.lost.empty()) damaged_[job] = evaluated.lost;
  if (evaluated.errand.client) {
    return reply(*evaluated.errand.client, answer_evaluated(evaluated));
  }
  if (!evaluated.evaluation) {
    // The job stands as it is, and everybody else's go on.
    if (evaluated.lost.empty()) broken_ = evaluated.evaluation.error();
    return;
  }
  const Scored& scored = evaluated.evaluation->scored;
  batch_.puts.emplace_back(keys::blob(scored.scores_root), encode(evaluated.evaluation->scorecard));
  step(moment, Evaluated{scored});
}

void Coordinator::end_judgement(const Moment& moment, const JudgeDone& done) {
  if (done.errand.client) {
    const ClientToken client = *done.errand.client;
    return reply(client, done.judgement ? show(done) : refusal(done.judgement.error()));
  }
  if (!done.judgement) {
    // What it rests on was altered or is gone: verdicts stay as they are, and the pool goes on.
    if (done.judgement.error().kind != ErrorKind::corrupt) broken_ = done.judgement.error();
    return;
  }
  for (std::size_t i = 0; i < done.judgement->reached.size(); ++i) {
    const VerdictReached& reached = done.judgement->reached[i];
    batch_.puts.emplace_back(keys::blob(reached.document), done.judgement->documents[i]);
    step(moment, Judged{reached});
  }
}

Answered Coordinator::show(const JudgeDone& done) const {
  const JudgeErrand& errand = done.errand;
  const Judgement& judgement = *done.judgement;
  Answered answer;
  if (errand.stage) {
    answer.body = stage_document(state(), *errand.stage, judgement);
  } else {
    answer.body = to_json(judgement, errand.generation);
    answer.body["moves"] = to_json(done.moves);
  }
  TargetSight(state(), errand.viewer, judgement.input.target.name).withhold(judgement, answer.body);
  return answer;
}

void Coordinator::close_stage(const Moment& moment, CloseDone done) {
  const ClientToken client = done.errand.client;
  StageClosed closing = std::move(done.errand.closing);
  if (!done.judgement) return reply(client, refusal(done.judgement.error()));
  if (const Status asker = check_asker(client); !asker) {
    return reply(client, refusal(asker.error()));
  }
  if (const Status fits = check_change(state(), closing); !fits) {
    return reply(client, refusal(fits.error()));
  }
  Stage stage = state().programme().stages().at(closing.stage);
  closing.date = state().day();
  Result<JudgementInput> now = gather(state(), stage, *parse_date(closing.date));
  if (!now) return reply(client, refusal(now.error()));
  if (!rest_on_the_same(*now, done.errand.input)) {
    errands_.push_back(CloseErrand{*std::move(now), std::move(closing), client});
    return;
  }
  const Status settled = check_settled(closing, *done.judgement);
  if (!settled) return reply(client, refusal(settled.error()));
  stage.closed = closing;
  std::string document = stage_document(state(), stage, *done.judgement).dump();
  closing.document = sha256(document);
  batch_.puts.emplace_back(keys::blob(closing.document), std::move(document));
  step(moment, Proposed{client, std::move(closing)});
}

void Coordinator::order_judgement() {
  if (!std::exchange(judge_, false)) return;
  const std::optional<Date> today = parse_date(state().day());
  if (!today) return;
  for (const auto& [name, versions] : state().targets()) {
    Result<JudgementInput> input = gather(state(), name, *today);
    if (input) errands_.push_back(JudgeErrand{*std::move(input), std::nullopt, 0});
  }
}

Status Coordinator::commit(const Moment& moment) {
  if (broken_) return tl::unexpected(*broken_);
  auto time = fact_times_.begin();
  for (std::size_t i = 0; i < facts_.size(); ++i) {
    while (time != fact_times_.end() && i >= time->second) ++time;
    const Instant at = time == fact_times_.end() ? journal_.last_time() : time->first;
    const auto statement = statements_.find(i);
    JournalEntry entry =
        journal_.append(std::max(at, journal_.last_time()), moment.wall, facts_[i],
                        statement == statements_.end() ? nullptr : &statement->second);
    batch_.puts.emplace_back(keys::journal(entry.sequence), std::move(entry.bytes));
    const auto* const results = std::get_if<ResultsRecorded>(&facts_[i]);
    if (results != nullptr) scheduler_->sealed(*results, entry.leaf);
  }
  counters_.facts += facts_.size();
  facts_.clear();
  statements_.clear();
  fact_times_.clear();
  const bool writes = !batch_.empty();
  if (writes) {
    ++counters_.turns;
    GWAGEO_TRY(store_.write(batch_, Sync::no));
    batch_ = {};
  }
  // While the disk writes: they leave only after the sync.
  GWAGEO_TRY(make_frames(frames_bytes_ahead));
  if (writes && !planted(PlantedBug::acknowledge_before_sync)) GWAGEO_TRY(store_.sync());
  order_judgement();
  return {};
}

}  // namespace gwageo
