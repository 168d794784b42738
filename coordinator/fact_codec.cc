#include "coordinator/fact_codec.h"

#include "coordinator/fact_codec_parts.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

using frame::Place;
using frame::Problem;

/// Writes the alternative that a fact holds into the union of the schema.
struct FactWriter {
  wire::Record::Fact::Builder to;

  void operator()(const Founded& from) { frame::write(from, to.initFounded()); }
  void operator()(const CoordinatorStarted& from) {
    frame::write(from, to.initCoordinatorStarted());
  }
  void operator()(const PrincipalRegistered& from) {
    frame::write(from, to.initPrincipalRegistered());
  }
  void operator()(const DayBegan& from) { frame::write(from, to.initDayBegan()); }
  void operator()(const SuiteAdded& from) { frame::write(from, to.initSuiteAdded()); }
  void operator()(const ModelAdded& from) { frame::write(from, to.initModelAdded()); }
  void operator()(const ModelRetired& from) { frame::write(from, to.initModelRetired()); }
  void operator()(const TargetAdded& from) { frame::write(from, to.initTargetAdded()); }
  void operator()(const JobAccepted& from) { frame::write(from, to.initJobAccepted()); }
  void operator()(const ItemsAdopted& from) { frame::write(from, to.initItemsAdopted()); }
  void operator()(const WorkerJoined& from) { frame::write(from, to.initWorkerJoined()); }
  void operator()(const WorkerDrained& from) { frame::write(from, to.initWorkerDrained()); }
  void operator()(const LeaseGranted& from) { frame::write(from, to.initLeaseGranted()); }
  void operator()(const LeaseShrunk& from) { frame::write(from, to.initLeaseShrunk()); }
  void operator()(const ResultsRecorded& from) { frame::write(from, to.initResultsRecorded()); }
  void operator()(const AttemptFailed& from) { frame::write(from, to.initAttemptFailed()); }
  void operator()(const LeaseEnded& from) { frame::write(from, to.initLeaseEnded()); }
  void operator()(const ItemsGivenUp& from) { frame::write(from, to.initItemsGivenUp()); }
  void operator()(const JobCancelled& from) { frame::write(from, to.initJobCancelled()); }
  void operator()(const JobFailed& from) { frame::write(from, to.initJobFailed()); }
  void operator()(const Scored& from) { frame::write(from, to.initScored()); }
  void operator()(const VerdictReached& from) { frame::write(from, to.initVerdictReached()); }
  void operator()(const TeamSet& from) { frame::write(from, to.initTeamSet()); }
  void operator()(const JobPaused& from) { frame::write(from, to.initJobPaused()); }
  void operator()(const JobPrioritised& from) { frame::write(from, to.initJobPrioritised()); }
  void operator()(const WorkerQuarantined& from) { frame::write(from, to.initWorkerQuarantined()); }
  void operator()(const AnswersDiffered& from) { frame::write(from, to.initAnswersDiffered()); }
  void operator()(const ClaimsImported& from) { frame::write(from, to.initClaimsImported()); }
  void operator()(const RosterChanged& from) { frame::write(from, to.initRosterChanged()); }
  void operator()(const StageOpened& from) { frame::write(from, to.initStageOpened()); }
  void operator()(const StageClosed& from) { frame::write(from, to.initStageClosed()); }
  void operator()(const GateDecided& from) { frame::write(from, to.initGateDecided()); }
  void operator()(const PointsRecorded& from) { frame::write(from, to.initPointsRecorded()); }
  void operator()(const Published& from) { frame::write(from, to.initPublished()); }
  void operator()(const PrincipalRotated& from) { frame::write(from, to.initPrincipalRotated()); }
  void operator()(const PrincipalRevoked& from) { frame::write(from, to.initPrincipalRevoked()); }
  void operator()(const BatchSigned& from) { frame::write(from, to.initBatchSigned()); }
  void operator()(const AuditCommitted& from) { frame::write(from, to.initAuditCommitted()); }
  void operator()(const AuditDrawn& from) { frame::write(from, to.initAuditDrawn()); }
  void operator()(const ChecksSet& from) { frame::write(from, to.initChecksSet()); }
  void operator()(const AnswersChecked& from) { frame::write(from, to.initAnswersChecked()); }
  void operator()(const AnswersDisowned& from) { frame::write(from, to.initAnswersDisowned()); }
  void operator()(const SlotsCharged&) { to.setSlotsCharged(); }
};

Fact read_fact(const Place& at, wire::Record::Fact::Reader from) {
  using Which = wire::Record::Fact::Which;
  switch (from.which()) {
    case Which::FOUNDED: return read(at, from.getFounded());
    case Which::COORDINATOR_STARTED: return read(at, from.getCoordinatorStarted());
    case Which::PRINCIPAL_REGISTERED: return read(at, from.getPrincipalRegistered());
    case Which::DAY_BEGAN: return read(at, from.getDayBegan());
    case Which::SUITE_ADDED: return read(at, from.getSuiteAdded());
    case Which::MODEL_ADDED: return read(at, from.getModelAdded());
    case Which::MODEL_RETIRED: return read(at, from.getModelRetired());
    case Which::TARGET_ADDED: return read(at, from.getTargetAdded());
    case Which::JOB_ACCEPTED: return read(at, from.getJobAccepted());
    case Which::ITEMS_ADOPTED: return read(at, from.getItemsAdopted());
    case Which::WORKER_JOINED: return read(at, from.getWorkerJoined());
    case Which::WORKER_DRAINED: return read(at, from.getWorkerDrained());
    case Which::LEASE_GRANTED: return read(at, from.getLeaseGranted());
    case Which::LEASE_SHRUNK: return read(at, from.getLeaseShrunk());
    case Which::RESULTS_RECORDED: return read(at, from.getResultsRecorded());
    case Which::ATTEMPT_FAILED: return read(at, from.getAttemptFailed());
    case Which::LEASE_ENDED: return read(at, from.getLeaseEnded());
    case Which::ITEMS_GIVEN_UP: return read(at, from.getItemsGivenUp());
    case Which::JOB_CANCELLED: return read(at, from.getJobCancelled());
    case Which::JOB_FAILED: return read(at, from.getJobFailed());
    case Which::SCORED: return read(at, from.getScored());
    case Which::VERDICT_REACHED: return read(at, from.getVerdictReached());
    case Which::TEAM_SET: return read(at, from.getTeamSet());
    case Which::JOB_PAUSED: return read(at, from.getJobPaused());
    case Which::JOB_PRIORITISED: return read(at, from.getJobPrioritised());
    case Which::WORKER_QUARANTINED: return read(at, from.getWorkerQuarantined());
    case Which::ANSWERS_DIFFERED: return read(at, from.getAnswersDiffered());
    case Which::CLAIMS_IMPORTED: return read(at, from.getClaimsImported());
    case Which::ROSTER_CHANGED: return read(at, from.getRosterChanged());
    case Which::STAGE_OPENED: return read(at, from.getStageOpened());
    case Which::STAGE_CLOSED: return read(at, from.getStageClosed());
    case Which::GATE_DECIDED: return read(at, from.getGateDecided());
    case Which::POINTS_RECORDED: return read(at, from.getPointsRecorded());
    case Which::PUBLISHED: return read(at, from.getPublished());
    case Which::PRINCIPAL_ROTATED: return read(at, from.getPrincipalRotated());
    case Which::PRINCIPAL_REVOKED: return read(at, from.getPrincipalRevoked());
    case Which::BATCH_SIGNED: return read(at, from.getBatchSigned());
    case Which::AUDIT_COMMITTED: return read(at, from.getAuditCommitted());
    case Which::AUDIT_DRAWN: return read(at, from.getAuditDrawn());
    case Which::CHECKS_SET: return read(at, from.getChecksSet());
    case Which::ANSWERS_CHECKED: return read(at, from.getAnswersChecked());
    case Which::ANSWERS_DISOWNED: return read(at, from.getAnswersDisowned());
    case Which::SLOTS_CHARGED: return SlotsCharged{};
  }
  at.refuse("number", std::to_string(static_cast<unsigned>(from.which())) + " is unknown");
  return Fact();
}

Statement read_statement(const Place& at, wire::Statement::Reader from) {
  Statement to;
  to.signer = at.name("signer", from.getSigner());
  to.digest = at.digest("digest", from.getDigest());
  to.signature = at.signature("signature", from.getSignature());
  return to;
}

Record read_record(Problem& problem, wire::Record::Reader from) {
  const Place at(problem, "record");
  Record to;
  to.sequence = from.getSequence();
  to.at = Instant{at.duration("at", from.getAt()).microseconds};
  to.wall = WallTime{from.getWall()};
  to.previous = at.digest("previous", from.getPrevious());
  to.fact = read_fact(Place(at, "fact"), from.getFact());
  if (from.hasStatement()) {
    to.statement = read_statement(Place(at, "statement"), from.getStatement());
  }
  return to;
}

}  // namespace

std::string encode_record(const Record& record) {
  return encode_record(record.sequence, record.at, record.wall, record.previous, record.fact,
                       record.statement ? &*record.statement : nullptr);
}

std::string encode_record(std::uint64_t sequence, Instant at, WallTime wall, const Digest& previous,
                          const Fact& fact, const Statement* statement) {
  std::string bytes;
  frame::with_builder([&](capnp::MessageBuilder& builder) {
    auto to = builder.initRoot<wire::Record>();
    to.setSequence(sequence);
    to.setAt(at.microseconds);
    to.setWall(wall.microseconds);
    to.setPrevious(frame::as_data(previous));
    std::visit(FactWriter{to.getFact()}, fact);
    if (statement != nullptr) {
      auto signed_by = to.initStatement();
      signed_by.setSigner(frame::as_text(statement->signer));
      signed_by.setDigest(frame::as_data(statement->digest));
      signed_by.setSignature(frame::as_data(statement->signature));
    }
    const kj::Array<capnp::word> words = capnp::canonicalize(to.asReader());
    const auto raw = words.asBytes();
    bytes.assign(reinterpret_cast<const char*>(raw.begin()), raw.size());
  });
  return bytes;
}

namespace {

// What the bytes say, in whatever form.
Result<Record> read_bytes(std::string_view bytes) {
  if (bytes.size() > limits::record_bytes_max || bytes.empty() || bytes.size() % 8 != 0) {
    return fail(ErrorKind::corrupt, "record: " + std::to_string(bytes.size()) +
                                        " bytes are not whole words, at most " +
                                        std::to_string(limits::record_bytes_max) + " bytes");
  }
  Record record;
  Problem problem;
  const std::string thrown = frame::with_reader(bytes, [&](capnp::MessageReader& reader) {
    record = read_record(problem, reader.getRoot<wire::Record>());
  });
  if (!problem.text.empty()) {
    return fail(ErrorKind::corrupt, std::string(kind_of(record.fact)) + " " + problem.text);
  }
  if (!thrown.empty()) return fail(ErrorKind::corrupt, "record: damaged: " + thrown);
  return record;
}

}  // namespace

Result<Record> decode_record(std::string_view bytes) {
  GWAGEO_ASSIGN(record, read_bytes(bytes));
  if (encode_record(record) != bytes) {
    return fail(ErrorKind::corrupt, "record: not in canonical form, or written by a newer program");
  }
  return record;
}

bool reads_back(std::string_view encoded) { return read_bytes(encoded).has_value(); }

Status check_fact(const Fact& fact) {
  const std::string bytes = encode_record(0, Instant{}, WallTime{}, Digest{}, fact);
  const Result<Record> record = decode_record(bytes);
  if (!record) return fail(ErrorKind::bad_input, record.error().message);
  if (record->fact != fact) return fail(ErrorKind::bad_input, "the fact does not read back equal");
  return {};
}

}  // namespace gwageo
