// Facts about jobs, workers and leases.
#include "coordinator/fact_codec_parts.h"
#include "protocol/limits.h"

namespace gwageo::frame {
namespace {

constexpr unsigned lease_end_count = 8;
constexpr unsigned tier_count = 4;
/// A reason quotes the error of a worker, which fills a text by itself, among words of its own.
constexpr std::size_t reason_bytes_max = 2 * limits::text_bytes_max;

Adoption read(const Place& at, wire::Adoption::Reader from) {
  Adoption to;
  to.begin = from.getBegin();
  to.end = at.index("end", from.getEnd(), limits::plan_items_max);
  if (to.begin >= to.end) at.refuse("end", "the range is empty");
  to.source = at.id<JobId>("source", from.getSource());
  to.source_begin = at.index("sourceBegin", from.getSourceBegin(), limits::plan_items_max - 1);
  to.stored = from.getStored();
  return to;
}

}  // namespace

void write(const JobAccepted& from, wire::JobAccepted::Builder to) {
  to.setJob(from.job.value);
  to.setRequest(as_text(from.request));
  to.setSubmitter(as_text(from.submitter));
  to.setTeam(as_text(from.team));
  to.setModel(as_text(from.model));
  to.setModelVersion(from.model_version);
  to.setSuite(as_text(from.suite));
  to.setSuiteVersion(from.suite_version);
  to.setPlanRoot(as_data(from.plan_root));
  to.setItems(from.items);
  to.setPriority(from.priority);
  to.setClassKey(as_data(from.class_key));
  to.setLibrary(as_data(from.library));
  to.setSkipLookup(from.skip_lookup);
  to.setTier(as_enumerant<wire::JobAccepted::Tier>(from.tier));
  to.setWithin(from.within.microseconds);
  to.setGpus(from.gpus);
  if (!from.cause.empty()) to.setCause(as_text(from.cause));
  to.setRound(from.round);
  to.setAudit(from.audit);
  to.setPart(from.part);
}

JobAccepted read(const Place& at, wire::JobAccepted::Reader from) {
  JobAccepted to;
  to.job = at.id<JobId>("job", from.getJob());
  to.request = at.text("request", from.getRequest(), limits::name_bytes_max);
  to.submitter = at.name_or_none("submitter", from.getSubmitter());
  to.team = at.name_or_none("team", from.getTeam());
  to.model = at.name("model", from.getModel());
  to.model_version = from.getModelVersion();
  to.suite = at.name("suite", from.getSuite());
  to.suite_version = from.getSuiteVersion();
  to.plan_root = at.digest("planRoot", from.getPlanRoot());
  to.items = at.index("items", from.getItems(), limits::plan_items_max);
  to.priority = from.getPriority();
  to.class_key = at.digest("classKey", from.getClassKey());
  to.library = at.digest("library", from.getLibrary());
  to.skip_lookup = from.getSkipLookup();
  to.tier = at.enumerator<Tier>("tier", from.getTier(), tier_count);
  to.within = at.duration("within", from.getWithin());
  to.gpus = at.gpus("gpus", from.getGpus());
  to.cause = at.text("cause", from.getCause(), limits::text_bytes_max);
  to.round = from.getRound();
  to.audit = from.getAudit();
  to.part = from.getPart();
  return to;
}

void write(const ItemsAdopted& from, wire::ItemsAdopted::Builder to) {
  to.setJob(from.job.value);
  auto adoptions = to.initAdoptions(count_of(from.adoptions));
  for (unsigned i = 0; i < adoptions.size(); ++i) {
    const Adoption& adoption = from.adoptions[i];
    auto entry = adoptions[i];
    entry.setBegin(adoption.begin);
    entry.setEnd(adoption.end);
    entry.setSource(adoption.source.value);
    entry.setSourceBegin(adoption.source_begin);
    entry.setStored(adoption.stored);
  }
}

ItemsAdopted read(const Place& at, wire::ItemsAdopted::Reader from) {
  ItemsAdopted to;
  to.job = at.id<JobId>("job", from.getJob());
  to.adoptions = at.list<Adoption>(
      "adoptions", from.getAdoptions(), limits::adoptions_of_fact_max,
      [](const Place& entry, wire::Adoption::Reader adoption) { return read(entry, adoption); });
  return to;
}

void write(const WorkerJoined& from, wire::WorkerJoined::Builder to) {
  to.setWorker(from.worker.value);
  to.setName(as_text(from.name));
  to.setPrincipal(as_text(from.principal));
  to.setSigns(from.signs);
}

WorkerJoined read(const Place& at, wire::WorkerJoined::Reader from) {
  WorkerJoined to;
  to.worker = at.id<WorkerId>("worker", from.getWorker());
  to.name = at.name("name", from.getName());
  to.principal = at.name_or_none("principal", from.getPrincipal());
  to.signs = from.getSigns();
  return to;
}

void write(const WorkerDrained& from, wire::WorkerDrained::Builder to) {
  to.setWorker(from.worker.value);
  to.setDraining(from.draining);
}

WorkerDrained read(const Place& at, wire::WorkerDrained::Reader from) {
  return WorkerDrained{at.id<WorkerId>("worker", from.getWorker()), from.getDraining()};
}

void write(const LeaseGranted& from, wire::LeaseGranted::Builder to) {
  to.setLease(from.lease.value);
  to.setJob(from.job.value);
  to.setWorker(from.worker.value);
  to.setSlot(from.slot);
  write_list(from.ranges, to.initRanges(count_of(from.ranges)));
  to.setCopy(from.copy);
  to.setExpected(from.expected.microseconds);
  to.setProbe(from.probe);
}

LeaseGranted read(const Place& at, wire::LeaseGranted::Reader from) {
  LeaseGranted to;
  to.lease = at.id<LeaseId>("lease", from.getLease());
  to.job = at.id<JobId>("job", from.getJob());
  to.worker = at.id<WorkerId>("worker", from.getWorker());
  to.slot = at.number("slot", from.getSlot(), 0, limits::slots_max - 1);
  to.ranges = at.ranges("ranges", from.getRanges());
  to.copy = from.getCopy();
  to.expected = at.duration("expected", from.getExpected());
  to.probe = from.getProbe();
  return to;
}

void write(const LeaseShrunk& from, wire::LeaseShrunk::Builder to) {
  to.setLease(from.lease.value);
  write_list(from.removed, to.initRemoved(count_of(from.removed)));
}

LeaseShrunk read(const Place& at, wire::LeaseShrunk::Reader from) {
  LeaseShrunk to;
  to.lease = at.id<LeaseId>("lease", from.getLease());
  to.removed = at.ranges("removed", from.getRemoved());
  return to;
}

void write(const ResultsRecorded& from, wire::ResultsRecorded::Builder to) {
  to.setLease(from.lease.value);
  to.setJob(from.job.value);
  write_list(from.ranges, to.initRanges(count_of(from.ranges)));
  to.setRecordsRoot(as_data(from.records_root));
  write_outcomes(from.outcomes, to.initOutcomes(outcomes_written(from.outcomes)));
}

ResultsRecorded read(const Place& at, wire::ResultsRecorded::Reader from) {
  ResultsRecorded to;
  to.lease = at.id<LeaseId>("lease", from.getLease());
  to.job = at.id<JobId>("job", from.getJob());
  to.ranges = at.ranges("ranges", from.getRanges());
  to.records_root = at.digest("recordsRoot", from.getRecordsRoot());
  to.outcomes = read_outcomes(at, "outcomes", from.getOutcomes());
  return to;
}

void write(const AttemptFailed& from, wire::AttemptFailed::Builder to) {
  to.setLease(from.lease.value);
  to.setJob(from.job.value);
  write_list(from.ranges, to.initRanges(count_of(from.ranges)));
  to.setOutcome(as_enumerant<wire::Outcome>(from.outcome));
}

AttemptFailed read(const Place& at, wire::AttemptFailed::Reader from) {
  AttemptFailed to;
  to.lease = at.id<LeaseId>("lease", from.getLease());
  to.job = at.id<JobId>("job", from.getJob());
  to.ranges = at.ranges("ranges", from.getRanges());
  to.outcome = at.enumerator<Outcome>("outcome", from.getOutcome(), outcome_count);
  return to;
}

void write(const AnswersDiffered& from, wire::AnswersDiffered::Builder to) {
  to.setJob(from.job.value);
  to.setIndex(from.index);
  to.setKept(from.kept.value);
  to.setKeptLeaf(as_data(from.kept_leaf));
  to.setOther(from.other.value);
  to.setOtherLeaf(as_data(from.other_leaf));
}

AnswersDiffered read(const Place& at, wire::AnswersDiffered::Reader from) {
  AnswersDiffered to;
  to.job = at.id<JobId>("job", from.getJob());
  to.index = from.getIndex();
  to.kept = at.id<LeaseId>("kept", from.getKept());
  to.kept_leaf = at.digest("keptLeaf", from.getKeptLeaf());
  to.other = at.id<LeaseId>("other", from.getOther());
  to.other_leaf = at.digest("otherLeaf", from.getOtherLeaf());
  return to;
}

void write(const BatchSigned& from, wire::BatchSigned::Builder to) {
  to.setWorker(from.worker.value);
  to.setBatch(from.batch);
  write_list(from.chunks, to.initChunks(count_of(from.chunks)));
  to.setRoot(as_data(from.root));
  to.setSignature(as_data(from.signature));
}

BatchSigned read(const Place& at, wire::BatchSigned::Reader from) {
  BatchSigned to;
  to.worker = at.id<WorkerId>("worker", from.getWorker());
  to.batch = from.getBatch();
  to.chunks = at.ranges("chunks", from.getChunks());
  to.root = at.digest("root", from.getRoot());
  to.signature = at.signature("signature", from.getSignature());
  return to;
}

void write(const LeaseEnded& from, wire::LeaseEnded::Builder to) {
  to.setLease(from.lease.value);
  to.setReason(as_enumerant<wire::LeaseEnded::Reason>(from.reason));
}

LeaseEnded read(const Place& at, wire::LeaseEnded::Reader from) {
  LeaseEnded to;
  to.lease = at.id<LeaseId>("lease", from.getLease());
  to.reason = at.enumerator<LeaseEnd>("reason", from.getReason(), lease_end_count);
  return to;
}

void write(const ItemsGivenUp& from, wire::ItemsGivenUp::Builder to) {
  to.setJob(from.job.value);
  write_list(from.ranges, to.initRanges(count_of(from.ranges)));
  to.setOutcome(as_enumerant<wire::Outcome>(from.outcome));
}

ItemsGivenUp read(const Place& at, wire::ItemsGivenUp::Reader from) {
  ItemsGivenUp to;
  to.job = at.id<JobId>("job", from.getJob());
  to.ranges = at.ranges("ranges", from.getRanges());
  to.outcome = at.enumerator<Outcome>("outcome", from.getOutcome(), outcome_count);
  return to;
}

void write(const JobCancelled& from, wire::JobCancelled::Builder to) {
  to.setJob(from.job.value);
  to.setPrincipal(as_text(from.principal));
  if (!from.reason.empty()) to.setReason(as_text(from.reason));
}

JobCancelled read(const Place& at, wire::JobCancelled::Reader from) {
  JobCancelled to;
  to.job = at.id<JobId>("job", from.getJob());
  to.principal = at.name_or_none("principal", from.getPrincipal());
  to.reason = at.text("reason", from.getReason(), reason_bytes_max);
  return to;
}

void write(const JobFailed& from, wire::JobFailed::Builder to) {
  to.setJob(from.job.value);
  to.setReason(as_text(from.reason));
}

JobFailed read(const Place& at, wire::JobFailed::Reader from) {
  JobFailed to;
  to.job = at.id<JobId>("job", from.getJob());
  to.reason = at.text("reason", from.getReason(), reason_bytes_max);
  return to;
}

}  // namespace gwageo::frame
