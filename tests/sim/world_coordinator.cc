// The coordinator's process: it turns, dies at any store or send step, and comes back.
#include <algorithm>

#include "coordinator/planted_bug.h"
#include "tests/sim/world_parts.h"

namespace gwageo::sim {
Signature quick_signature(std::string_view message, std::uint8_t key) {
  const Digest digest = sha256(std::string(1, static_cast<char>(key)) + std::string(message));
  Signature signature;
  std::copy(digest.bytes.begin(), digest.bytes.end(), signature.bytes.begin());
  return signature;
}

bool quick_verify(std::string_view message, const Signature& signature, const VerifyingKey& key) {
  return signature == quick_signature(message, key.bytes[0]);
}

Moment World::moment() const {
  return {Duration{now_}, WallTime{1700000000 * one_second + now_ + wall_offset_}};
}

void World::recover() {
  oracle_.recovered(store_, {now_});
  CoordinatorOptions options{"sim", "sim", "Asia/Seoul", ++coordinator_life_};
  options.verify = &quick_verify;
  Result<std::unique_ptr<Coordinator>> opened = Coordinator::open(store_, options, moment());
  if (!opened) {
    report_.violation = "a restart fails: " + opened.error().message;
    return;
  }
  coordinator_ = *std::move(opened);
  note("recover", coordinator_life_, {});
  Digest key;
  key.bytes[0] = operator_key;
  coordinator_->register_principal(moment(), {"op", Role::operator_, "", key, key});
  key.bytes[0] = worker_key;
  coordinator_->register_principal(moment(), {"workers", Role::worker, "", key, key});
  coordinator_->begin_day(moment(), "2026-11-22");
  schedule_turn(now_);
}

void World::schedule_turn(std::int64_t time) {
  if (turn_at_ && *turn_at_ <= time) return;
  turn_at_ = time;
  at(time, [this, time, life = coordinator_life_] {
    if (coordinator_ == nullptr || life != coordinator_life_ || turn_at_ != time) return;
    turn_at_.reset();
    turn();
  });
}

void World::turn() {
  const Moment now = moment();
  for (const Envelope& frame : std::exchange(inbox_, {})) {
    if (const Result<Message> message = decode(frame.bytes)) {
      oracle_.delivered(*message, {now_});
      fault_oracle_.delivered(frame.peer, *message);
    }
    coordinator_->receive(now, frame);
  }
  for (ErrandDone& done : std::exchange(done_, {})) coordinator_->finish(now, std::move(done));
  coordinator_->tick(now);

  const bool dies = random_.chance(faults_.coordinator_crash);
  using Death = FaultyStore::Death;
  constexpr Death deaths[] = {Death::before_write, Death::in_sync, Death::after_sync};
  const std::uint64_t step = dies ? random_.below(5) : 4;
  if (step == 0) return crash_coordinator();
  if (step <= 3 && dies) store_.die_in_next_write(deaths[step - 1]);
  if (!coordinator_->commit(now)) return crash_coordinator();

  oracle_.committed(store_, {now_});
  oracle_.look(coordinator_->scheduler());
  if (random_.chance(50)) {
    oracle_.published(coordinator_->journal_size(), coordinator_->journal_root());
  }
  std::vector<Outgoing> frames;
  const Status sent =
      coordinator_->send_committed([&](const Outgoing& frame) { frames.push_back(frame); });
  if (!sent) return crash_coordinator();
  const std::size_t sends =
      dies ? static_cast<std::size_t>(random_.below(frames.size() + 1)) : frames.size();
  for (std::size_t i = 0; i < sends; ++i) send_from_coordinator(frames[i]);
  fault_oracle_.turn_is_over();
  if (dies) return crash_coordinator();
  for (const PeerId peer : coordinator_->take_unwelcome()) {
    report_.violation = "an honest peer was refused: " + std::to_string(peer.value);
  }
  run_errands();
  if (const std::optional<Duration> wake = coordinator_->wake_at()) {
    schedule_turn(std::max(wake->microseconds, now_ + 1));
  }
}

void World::run_errands() {
  for (const Errand& errand : coordinator_->take_errands())
    done_.push_back(gwageo::run(errand, store_));
  if (!done_.empty()) schedule_turn(now_ + random_.between(10, 100000));
}

void World::crash_coordinator() {
  ++report_.coordinator_crashes;
  note("crash", coordinator_life_, {});
  report_.stale += coordinator_->counters().stale_results;
  coordinator_.reset();
  fault_oracle_.coordinator_died();
  inbox_.clear();
  done_.clear();
  turn_at_.reset();
  store_.crash(random_);
  const bool again = random_.chance(300);
  at(now_ + random_.between(100000, 20 * one_second), [this, again] {
    recover();
    if (again && coordinator_ != nullptr) {
      coordinator_.reset();
      turn_at_.reset();
      store_.crash(random_);
      at(now_ + one_second, [this] { recover(); });
    }
  });
}

void World::deliver_to_coordinator(PeerId peer, const std::string& principal, std::string bytes) {
  if (coordinator_ == nullptr) return;
  note("to coordinator", peer.value, bytes);
  const auto owner = coordinator_->state().principals().find(principal);
  if (owner == coordinator_->state().principals().end()) return;
  inbox_.push_back({peer, principal, std::move(bytes), owner->second.registered.curve_key});
  schedule_turn(now_ + random_.between(0, 2000));
}

void World::send_from_coordinator(const Outgoing& frame) {
  note("from coordinator", frame.peer.value, frame.bytes);
  Result<Message> decoded = decode(frame.bytes);
  if (!decoded) {
    report_.violation = "the coordinator sent what does not decode: " + decoded.error().message;
    return;
  }
  oracle_.sent(*decoded, coordinator_->journal_size());
  const std::string on_fault = fault_oracle_.sent(frame.peer, *decoded);
  if (!on_fault.empty()) report_.violation = on_fault;
  if (const auto* const reply = std::get_if<Reply>(&*decoded)) {
    transmit(false, [this, message = *reply] { receive_reply(message); });
    return;
  }
  if (std::holds_alternative<Shrink>(*decoded)) ++report_.splits;
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    const WorkerProcess& worker = workers_[w];
    if (worker.peer != frame.peer || worker.agent == nullptr) continue;
    transmit(worker.cut_until > now_, [this, w, life = worker.life, message = *decoded] {
      step_worker(w, life, MessageArrived{message});
    });
  }
}

// What the job's results root must be, from its plan and an honest engine alone.
Digest World::expected_root(const Job& job) {
  PlanReader plans(store_);
  const SuiteAdded& suite = coordinator_->state().plan_of(job.accepted);
  MerkleFrontier root;
  for (std::uint64_t index = 0; index < job.accepted.items; ++index) {
    const auto block = plans.block_of({suite.manifest, suite.plan_root}, index);
    if (!block) return {};
    const auto entry = (*block)->entry(index % entries_of_block);
    if (!entry) return {};
    std::vector<RequestResult> results;
    for (const std::string& request : entry->requests) {
      const Response response = honest_response(*decode_request(request));
      results.push_back({response.outcome, sha256(encode(response))});
    }
    root.add(results_leaf(index, entry->item_digest, entry->repeat, results));
  }
  return root.root();
}

void World::check_accusations() {
  for (const auto& [name, checks] : coordinator_->state().checks()) {
    const CheckCounts counts = checks.all();
    const bool is_liar = liar_ && workers_[*liar_].name == name;
    report_.checked += counts.checked;
    report_.convicted += counts.wrong > 0 ? 1 : 0;
    if (counts.wrong > 0 && !is_liar) report_.violation = "an honest worker is accused: " + name;
    if (counts.differed > 0 && !liar_) report_.violation = "honest workers do not agree: " + name;
  }
}

void World::check_ends() {
  check_accusations();
  report_.stale += coordinator_->counters().stale_results;
  report_.faulty = fault_oracle_.faults();
  for (const auto& [id, job] : coordinator_->state().jobs()) {
    report_.given_up += job.given_up_count();
    if (job.phase() != JobPhase::complete) continue;
    if (job.done.size() + job.given_up_count() != job.accepted.items) {
      report_.violation = "I1: a complete job misses items";
    }
    std::uint64_t counted = 0;
    for (const std::uint64_t n : job.scored->outcomes) counted += n;
    if (counted != job.accepted.items) report_.violation = "I1: the scorecard misses items";
    if (job.given_up_count() > 0 || liar_) continue;
    ++report_.roots_checked;
    if (job.scored->results_root != expected_root(job)) {
      report_.violation = "I3: the results root is not that of an undisturbed run";
    }
  }
}

}  // namespace gwageo::sim
