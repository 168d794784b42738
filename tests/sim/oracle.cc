#include "tests/sim/oracle.h"

#include "coordinator/keys.h"
#include "protocol/limits.h"

namespace gwageo::sim {

void Oracle::violate(const std::string& what) {
  if (violation_.empty()) violation_ = what;  // No violation is one in no words.
}

void Oracle::committed(const Store& store, Instant now) { read_journal(store, now, true); }

void Oracle::recovered(const Store& store, Instant now) {
  seen_ = 0;
  journal_ = {};
  leases_.clear();
  lease_ids_.clear();
  counted_.clear();
  holders_.clear();
  controls_ = {};
  read_journal(store, now, false);
  for (auto& [id, lease] : leases_) lease.renewed = now;
  if (seen_ < visible_size_) {
    violate("I2, I7: " + std::to_string(visible_size_) + " records were visible, " +
            std::to_string(seen_) + " are left after a restart");
  }
  if (published_ && seen_ < published_->first) {
    violate("I8: the journal fell behind a published checkpoint");
  }
}

void Oracle::read_journal(const Store& store, Instant now, bool live) {
  const keys::KeyRange range = keys::journal_from(seen_);
  const Status status =
      store.scan(range.first, range.second, [&](std::string_view, std::string_view bytes) {
        const Result<Record> record = journal_.add(bytes);
        if (!record) {
          violate("the journal is damaged: " + record.error().message);
          return false;
        }
        see(*record, now, live);
        ++seen_;
        if (published_ && published_->first == seen_ && published_->second != journal_.root()) {
          violate("I6, I8: another root at a published size");
        }
        return true;
      });
  if (!status) violate(status.error().message);
}

void Oracle::see(const Record& record, Instant now, bool live) {
  violate(controls_.see(record));
  if (const auto* const f = std::get_if<LeaseGranted>(&record.fact)) {
    if (!lease_ids_.insert(f->lease.value).second) violate("I4: a lease id was given twice");
    LeaseView view{f->job, f->worker, {}, now};
    decided_.copies += f->copy && live ? 1 : 0;
    decided_.probes += f->probe && live ? 1 : 0;
    for (const Range& range : f->ranges) {
      for (std::uint64_t i = range.begin; i < range.end; ++i) {
        view.rest.insert(i);
        if (f->probe) {
          if (!counted_[f->job].contains(i)) violate("I5: a probe of what is not answered");
          continue;
        }
        std::set<LeaseId>& holders = holders_[f->job][i];
        if (holders.size() > (f->copy ? 1 : 0)) violate("I5: an item is under two leases");
        if (f->copy && holders.empty()) violate("I5: a copy of what nobody else has");
        holders.insert(f->lease);
      }
    }
    leases_[f->lease] = std::move(view);
  } else if (const auto* const p = std::get_if<JobPaused>(&record.fact)) {
    decided_.isolated += live && p->paused && p->principal.empty() ? 1 : 0;
  } else if (const auto* const r = std::get_if<ResultsRecorded>(&record.fact)) {
    count(*r);
  } else if (const auto* const shrunk = std::get_if<LeaseShrunk>(&record.fact)) {
    for (const Range& range : shrunk->removed) {
      for (std::uint64_t i = range.begin; i < range.end; ++i) {
        leases_[shrunk->lease].rest.erase(i);
        holders_[leases_[shrunk->lease].job][i].erase(shrunk->lease);
      }
    }
  } else if (const auto* const failed = std::get_if<AttemptFailed>(&record.fact)) {
    for (const Range& range : failed->ranges) {
      for (std::uint64_t i = range.begin; i < range.end; ++i) {
        leases_[failed->lease].rest.erase(i);
        holders_[failed->job][i].erase(failed->lease);
      }
    }
    if (leases_[failed->lease].rest.empty()) forget_lease(failed->lease);
  } else if (const auto* const ended = std::get_if<LeaseEnded>(&record.fact)) {
    const LeaseView& view = leases_[ended->lease];
    if (live && ended->reason == LeaseEnd::expired && now - view.renewed < limits::lease_term) {
      violate("a lease expired before its term");
    }
    for (const std::uint64_t i : view.rest) holders_[view.job][i].erase(ended->lease);
    forget_lease(ended->lease);
  }
}

void Oracle::count(const ResultsRecorded& fact) {
  const auto lease = leases_.find(fact.lease);
  for (const Range& range : fact.ranges) {
    for (std::uint64_t i = range.begin; i < range.end; ++i) {
      if (++counted_[fact.job][i] > 1) violate("I1: an item counts twice");
      if (lease == leases_.end()) {
        violate("I4: results counted under a lease that is over");
        continue;
      }
      if (lease->second.rest.erase(i) == 0) violate("I4: an item counted that its lease lost");
      // The first answer wins: whoever else had the item loses it.
      for (const LeaseId twin : holders_[fact.job][i]) {
        if (twin == fact.lease) continue;
        leases_[twin].rest.erase(i);
        if (leases_[twin].rest.empty()) forget_lease(twin);
      }
      holders_[fact.job].erase(i);
    }
  }
  if (lease != leases_.end() && lease->second.rest.empty()) forget_lease(fact.lease);
}

void Oracle::sent(const Message& message, std::uint64_t journal_size) {
  visible_size_ = std::max(visible_size_, journal_size);
  if (const auto* const grant = std::get_if<Grant>(&message)) {
    if (!granted_outside_.emplace(grant->lease, WorkerId{}).second) {
      violate("I4: lease id " + std::to_string(grant->lease.value) + " was granted twice");
    }
    if (!leases_.contains(grant->lease)) violate("I9: a grant left without its fact");
  }
}

void Oracle::published(std::uint64_t size, const Digest& root) {
  if (size > seen_) violate("I7: a checkpoint of what is not there");
  published_ = {size, root};
}

void Oracle::delivered(const Message& message, Instant now) {
  const auto renew = [&](const std::vector<LeaseId>& leases, WorkerId worker) {
    for (const LeaseId id : leases) {
      const auto lease = leases_.find(id);
      if (lease != leases_.end() && lease->second.worker == worker) lease->second.renewed = now;
    }
  };
  if (const auto* const m = std::get_if<Heartbeat>(&message)) renew(m->leases, m->worker);
  if (const auto* const m = std::get_if<Hello>(&message)) renew(m->leases, m->worker);
}

void Oracle::look(const Scheduler& scheduler) {
  scheduler.check();
  violate(controls_.look(scheduler.state()));
}

}  // namespace gwageo::sim
