// How frames become events. Everything foreign stops here: what does not decode, what a key has no
// right to, and what contradicts the plan never reaches the scheduler.
#include <algorithm>

#include "coordinator/answer_digest.h"
#include "coordinator/coordinator.h"
#include "coordinator/fact_codec.h"
#include "coordinator/keys.h"
#include "coordinator/planted_bug.h"
#include "coordinator/report.h"
#include "protocol/check.h"
#include "protocol/codec.h"
#include "protocol/json.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

/// Peers that wait for an answer at the same time.
constexpr std::size_t clients_max = 65536;
/// Worker lives whose connection is remembered.
constexpr std::size_t worker_peers_max = 4 * limits::workers_max;

// What a worker may say of a request; the other outcomes are the coordinator's to give.
Outcome worker_outcome(Outcome said) {
  const bool own = said == Outcome::worker_lost || said == Outcome::cancelled;
  return own ? Outcome::engine_failed : said;
}

// Nothing where the message is none of a worker's; BatchKept names one, and is for it.
WorkerId worker_of(const Message& message) {
  if (std::holds_alternative<BatchKept>(message)) return {};
  return std::visit(
      [](const auto& m) {
        if constexpr (requires { m.worker; }) {
          return m.worker;
        } else {
          return WorkerId{};
        }
      },
      message);
}

}  // namespace

void Coordinator::refuse(const Envelope& envelope, const std::string& reason) {
  ++counters_.refused_frames;
  outgoing_.emplace_back(Outgoing{envelope.peer, encode(Message{Refusal{reason}})});
  unwelcome_.push_back(envelope.peer);
}

void Coordinator::receive(const Moment& moment, const Envelope& envelope) {
  ++counters_.frames;
  Result<Message> message = decode(envelope.bytes);
  if (!message) return refuse(envelope, message.error().message);
  const Result<const Principal*> owner = owner_of(envelope);
  if (!owner) return refuse(envelope, owner.error().message);
  const PrincipalRegistered& principal = (*owner)->registered;
  if (const auto* const command = std::get_if<Command>(&*message)) {
    return receive_command(moment, envelope, *command, principal);
  }
  if (principal.role != Role::worker || !worker_of(*message)) {
    const bool is_worker = principal.role == Role::worker;
    return refuse(envelope, is_worker
                                ? "a worker may not send \"" + std::string(name_of(*message)) + "\""
                                : "the key of " + principal.name + ", of role " +
                                      std::string(report::to_string(principal.role)) +
                                      ", runs no worker: it takes one of role worker (gwageo keys "
                                      "new worker NAME)");
  }
  receive_worker(moment, envelope, *message);
}

// For every message, not only where a connection begins: the key of one that is open may have ended
// since, and with the very frame before this one.
Result<const Principal*> Coordinator::owner_of(const Envelope& envelope) const {
  const auto principal = state().principals().find(envelope.principal);
  if (principal == state().principals().end()) {
    return fail(ErrorKind::not_allowed, "this key is not known");
  }
  GWAGEO_TRY(check_key(principal->second, envelope.key));
  return &principal->second;
}

Status Coordinator::check_asker(ClientToken token) const {
  const auto client = clients_.find(token);
  if (client == clients_.end()) {
    return fail(ErrorKind::not_allowed, "nobody knows any more who asked for it");
  }
  const auto principal = state().principals().find(client->second.principal);
  GWAGEO_CHECK(principal != state().principals().end());
  return check_key(principal->second, client->second.key);
}

bool Coordinator::owns(const Envelope& envelope, WorkerId worker) const {
  const auto known = state().workers().find(worker);
  return known == state().workers().end() || known->second.joined.principal == envelope.principal;
}

void Coordinator::receive_worker(const Moment& moment, const Envelope& envelope, Message& message) {
  const WorkerId worker = worker_of(message);
  if (!owns(envelope, worker)) return refuse(envelope, "this worker id belongs to another key");
  if (worker_peers_.size() >= worker_peers_max) {
    std::erase_if(worker_peers_,
                  [&](const auto& known) { return !scheduler_->sessions().contains(known.first); });
  }
  worker_peers_[worker] = envelope.peer;
  if (auto* const m = std::get_if<Results>(&message)) {
    receive_results(moment, envelope, *m);
  } else if (const auto* const hello = std::get_if<Hello>(&message)) {
    step(moment, HelloReceived{*hello, envelope.principal});
  } else if (const auto* const heartbeat = std::get_if<Heartbeat>(&message)) {
    step(moment, HeartbeatReceived{*heartbeat});
  } else if (const auto* const batch = std::get_if<Batch>(&message)) {
    receive_batch(moment, envelope, *batch);
  } else if (const auto* const loaded = std::get_if<Loaded>(&message)) {
    step(moment, LoadedReceived{*loaded});
  } else if (const auto* const back = std::get_if<GiveBack>(&message)) {
    step(moment, GiveBackReceived{*back});
  } else if (std::holds_alternative<Goodbye>(message)) {
    step(moment, GoodbyeReceived{worker});
    worker_peers_.erase(worker);
  }
}

void Coordinator::receive_results(const Moment& moment, const Envelope& envelope,
                                  Results& results) {
  ResultsReceived event{results.worker, results.lease, results.chunk, {}};
  const Lease* const lease = state().lease(results.lease);
  if (lease == nullptr || lease->granted.worker != results.worker) ++counters_.stale_results;
  const Job* const job = lease == nullptr ? nullptr : state().job(lease->granted.job);
  const bool forged = lease == nullptr && planted(PlantedBug::no_lease_check);
  const Job* const of = forged && !state().jobs().empty() ? &state().jobs().rbegin()->second : job;
  std::vector<RequestResult> outcomes;
  const SuiteAdded* const plan = of == nullptr ? nullptr : &state().plan_of(of->accepted);
  event.items.reserve(of == nullptr ? 0 : results.items.size());
  const bool compares = of != nullptr && scheduler_->compares_answers(*of);
  for (const ItemResult& item : results.items) {
    if (of == nullptr) {  // Stale: acknowledged and dropped, whatever it holds.
      event.stale.push_back(item.index);
      continue;
    }
    if (item.index >= of->accepted.items) return refuse(envelope, "results: no such plan index");
    if (!event.items.empty() && event.items.back().index >= item.index) {
      return refuse(envelope, "results: plan indexes must ascend");
    }
    const Result<PlanReader::Block> block =
        plans_.block_of({plan->manifest, plan->plan_root}, item.index);
    if (!block) {
      if (block.error().kind != ErrorKind::corrupt) broken_ = block.error();
      return cannot_ask(results.lease, block.error());
    }
    const Result<PlanEntryView> entry = (*block)->view(item.index % entries_of_block);
    GWAGEO_CHECK(entry);  // Else it would not be under the root.
    if (item.responses.size() != entry->requests) {
      return refuse(envelope, "results: plan index " + std::to_string(item.index) + " has " +
                                  std::to_string(entry->requests) + " requests, not " +
                                  std::to_string(item.responses.size()));
    }
    outcomes.clear();
    for (const std::string& bytes : item.responses) {
      const Result<Outcome> outcome = outcome_of(bytes);
      if (!outcome) return refuse(envelope, "results: " + outcome.error().message);
      if (*outcome != worker_outcome(*outcome)) {
        return refuse(envelope, "results: an outcome that is not a worker's to give");
      }
      if (is_retried(*outcome)) note_error(of->accepted.job, entry->item, *outcome, bytes);
      outcomes.push_back({*outcome, sha256(bytes)});
    }
    event.items.push_back({item.index, worst(outcomes),
                           results_leaf(item.index, entry->item_digest, entry->repeat, outcomes)});
    if (compares) event.items.back().answer = answer_digest(item.responses).value_or(Digest{});
  }
  std::sort(event.stale.begin(), event.stale.end());
  step(moment, event, &results);
}

void Coordinator::note_error(JobId job, std::string_view item, Outcome outcome,
                             std::string_view response) {
  const Result<Response> failed = decode_response(response);
  const bool is_said = failed && !failed->error.empty() && is_utf8(failed->error);
  if (!is_said || failed->error.size() > limits::text_bytes_max) return;
  last_errors_.note(job, outcome, item, failed->error);
}

void Coordinator::receive_command(const Moment& moment, const Envelope& envelope,
                                  const Command& command, const PrincipalRegistered& principal) {
  const ClientToken client = ++last_client_;
  clients_[client] = {envelope.peer, command.request, principal.name, principal.curve_key};
  if (clients_.size() > clients_max) clients_.erase(clients_.begin());
  if (!take_signature(client, command, principal)) return;
  const CommandContext context{*scheduler_,     store_,           plans_,    journal_.size(),
                               journal_.root(), options_.version, disk_low_, options_.sign,
                               options_.log,    damaged_};
  CommandOutcome outcome = handle(context, command, principal, client);
  if (auto* const answered = std::get_if<Answered>(&outcome)) {
    for (auto& put : answered->puts.puts) batch_.puts.push_back(std::move(put));
    return reply(client, std::move(*answered));
  }
  if (auto* const errand = std::get_if<Errand>(&outcome)) {
    if (const auto* const render = std::get_if<RenderErrand>(errand)) {
      batch_.puts.emplace_back(keys::blob(render->digest), to_json(render->manifest).dump());
    }
    if (auto* const page = std::get_if<PageErrand>(errand)) go_on(*page);
    if (auto* const replay = std::get_if<ReplayErrand>(errand)) {
      if (!replay_) replay_ = std::make_shared<Judging>(store_);
      replay->judging = replay_;
    }
    errands_.push_back(std::move(*errand));
    return;
  }
  const Event& event = std::get<Event>(outcome);
  Status fits;
  if (const auto* const proposed = std::get_if<Proposed>(&event)) fits = check_fact(proposed->fact);
  if (!fits) return reply(client, refusal(fits.error()));
  step(moment, event);
}

// Whoever has no right is told so first, by `handle`. What was signed once is done once: a command
// that came twice has its answer already, but for a submission, which finds its job.
bool Coordinator::take_signature(ClientToken client, const Command& command,
                                 const PrincipalRegistered& principal) {
  if (!must_be_signed(command.verb) || !may(principal.role, command.verb)) return true;
  Result<SignedCommand> made =
      check_signature(command, principal, state().founded().origin, options_.verify);
  if (!made) {
    reply(client, refusal(made.error()));
    return false;
  }
  const bool is_used = used_.contains(made->statement.digest);
  if (is_used && command.verb != "submit") {
    Answered known;
    known.body["known"] = true;
    reply(client, std::move(known));
    return false;
  }
  if (!is_used) signed_.emplace(client, *std::move(made));
  return true;
}

// A page is read by what read the one before, where it is of the same job.
void Coordinator::go_on(PageErrand& errand) {
  const bool is_same = pages_ && pages_->is_final() && pages_->job() == errand.pages->job();
  if (is_same) {
    errand.pages = pages_;
  } else {
    pages_ = errand.pages;
  }
}

void Coordinator::reply(ClientToken token, Answered answer) {
  signed_.erase(token);
  const auto client = clients_.find(token);
  if (client == clients_.end()) return;
  Reply message{client->second.request, answer.code, answer.body.dump(),
                std::move(answer.attachments)};
  outgoing_.emplace_back(Outgoing{client->second.peer, encode(Message{std::move(message)})});
  clients_.erase(client);
}

void Coordinator::reply(const Answer& answer) {
  if (answer.client == 0) return;
  Answered full;
  full.code = answer.code;
  full.body = Json::object();
  if (answer.job) full.body["job"] = std::to_string(answer.job.value);
  full.body["known"] = answer.known;
  if (!answer.text.empty()) full.body["error"] = answer.text;
  if (!answer.warning.empty()) full.body["warning"] = answer.warning;
  reply(answer.client, std::move(full));
}

}  // namespace gwageo
