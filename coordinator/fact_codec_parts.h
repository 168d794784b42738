// The parts of the record codec: what exists (fact_codec_setup.cc), jobs and leases
// (fact_codec_jobs.cc), what came out (fact_codec_scores.cc), how people steer the pool
// (fact_codec_pool.cc), what others claim (fact_codec_claims.cc), the programme
// (fact_codec_programme.cc), audits (fact_codec_audits.cc) and checks (fact_codec_checks.cc).
// Included by codec files only.
#pragma once

#include "coordinator/fact.h"
#include "protocol/codec_frame.h"

namespace gwageo::frame {

void write(const Founded& from, wire::Founded::Builder to);
void write(const CoordinatorStarted& from, wire::CoordinatorStarted::Builder to);
void write(const PrincipalRegistered& from, wire::PrincipalRegistered::Builder to);
void write(const DayBegan& from, wire::DayBegan::Builder to);
void write(const SuiteAdded& from, wire::SuiteAdded::Builder to);
void write(const ModelAdded& from, wire::ModelAdded::Builder to);
void write(const ModelRetired& from, wire::ModelRetired::Builder to);
void write(const TargetAdded& from, wire::TargetAdded::Builder to);

void write(const JobAccepted& from, wire::JobAccepted::Builder to);
void write(const ItemsAdopted& from, wire::ItemsAdopted::Builder to);
void write(const WorkerJoined& from, wire::WorkerJoined::Builder to);
void write(const WorkerDrained& from, wire::WorkerDrained::Builder to);
void write(const LeaseGranted& from, wire::LeaseGranted::Builder to);
void write(const LeaseShrunk& from, wire::LeaseShrunk::Builder to);
void write(const ResultsRecorded& from, wire::ResultsRecorded::Builder to);
void write(const AttemptFailed& from, wire::AttemptFailed::Builder to);
void write(const AnswersDiffered& from, wire::AnswersDiffered::Builder to);
void write(const LeaseEnded& from, wire::LeaseEnded::Builder to);
void write(const ItemsGivenUp& from, wire::ItemsGivenUp::Builder to);
void write(const JobCancelled& from, wire::JobCancelled::Builder to);
void write(const JobFailed& from, wire::JobFailed::Builder to);

void write(const Scored& from, wire::Scored::Builder to);
void write(const VerdictReached& from, wire::VerdictReached::Builder to);

void write(const TeamSet& from, wire::TeamSet::Builder to);
void write(const JobPaused& from, wire::JobPaused::Builder to);
void write(const JobPrioritised& from, wire::JobPrioritised::Builder to);
void write(const WorkerQuarantined& from, wire::WorkerQuarantined::Builder to);

void write(const ClaimsImported& from, wire::ClaimsImported::Builder to);

void write(const RosterChanged& from, wire::RosterChanged::Builder to);
void write(const StageOpened& from, wire::StageOpened::Builder to);
void write(const StageClosed& from, wire::StageClosed::Builder to);
void write(const GateDecided& from, wire::GateDecided::Builder to);
void write(const PointsRecorded& from, wire::PointsRecorded::Builder to);
void write(const Published& from, wire::Published::Builder to);
void write(const PrincipalRotated& from, wire::PrincipalRotated::Builder to);
void write(const PrincipalRevoked& from, wire::PrincipalRevoked::Builder to);
void write(const BatchSigned& from, wire::BatchSigned::Builder to);

void write(const AuditCommitted& from, wire::AuditCommitted::Builder to);
void write(const AuditDrawn& from, wire::AuditDrawn::Builder to);

void write(const ChecksSet& from, wire::ChecksSet::Builder to);
void write(const AnswersChecked& from, wire::AnswersChecked::Builder to);
void write(const AnswersDisowned& from, wire::AnswersDisowned::Builder to);

Founded read(const Place& at, wire::Founded::Reader from);
CoordinatorStarted read(const Place& at, wire::CoordinatorStarted::Reader from);
PrincipalRegistered read(const Place& at, wire::PrincipalRegistered::Reader from);
DayBegan read(const Place& at, wire::DayBegan::Reader from);
SuiteAdded read(const Place& at, wire::SuiteAdded::Reader from);
ModelAdded read(const Place& at, wire::ModelAdded::Reader from);
ModelRetired read(const Place& at, wire::ModelRetired::Reader from);
TargetAdded read(const Place& at, wire::TargetAdded::Reader from);

JobAccepted read(const Place& at, wire::JobAccepted::Reader from);
ItemsAdopted read(const Place& at, wire::ItemsAdopted::Reader from);
WorkerJoined read(const Place& at, wire::WorkerJoined::Reader from);
WorkerDrained read(const Place& at, wire::WorkerDrained::Reader from);
LeaseGranted read(const Place& at, wire::LeaseGranted::Reader from);
LeaseShrunk read(const Place& at, wire::LeaseShrunk::Reader from);
ResultsRecorded read(const Place& at, wire::ResultsRecorded::Reader from);
AttemptFailed read(const Place& at, wire::AttemptFailed::Reader from);
AnswersDiffered read(const Place& at, wire::AnswersDiffered::Reader from);
LeaseEnded read(const Place& at, wire::LeaseEnded::Reader from);
ItemsGivenUp read(const Place& at, wire::ItemsGivenUp::Reader from);
JobCancelled read(const Place& at, wire::JobCancelled::Reader from);
JobFailed read(const Place& at, wire::JobFailed::Reader from);

Scored read(const Place& at, wire::Scored::Reader from);
VerdictReached read(const Place& at, wire::VerdictReached::Reader from);

TeamSet read(const Place& at, wire::TeamSet::Reader from);
JobPaused read(const Place& at, wire::JobPaused::Reader from);
JobPrioritised read(const Place& at, wire::JobPrioritised::Reader from);
WorkerQuarantined read(const Place& at, wire::WorkerQuarantined::Reader from);

ClaimsImported read(const Place& at, wire::ClaimsImported::Reader from);

RosterChanged read(const Place& at, wire::RosterChanged::Reader from);
StageOpened read(const Place& at, wire::StageOpened::Reader from);
StageClosed read(const Place& at, wire::StageClosed::Reader from);
GateDecided read(const Place& at, wire::GateDecided::Reader from);
PointsRecorded read(const Place& at, wire::PointsRecorded::Reader from);
Published read(const Place& at, wire::Published::Reader from);
PrincipalRotated read(const Place& at, wire::PrincipalRotated::Reader from);
PrincipalRevoked read(const Place& at, wire::PrincipalRevoked::Reader from);
BatchSigned read(const Place& at, wire::BatchSigned::Reader from);

AuditCommitted read(const Place& at, wire::AuditCommitted::Reader from);
AuditDrawn read(const Place& at, wire::AuditDrawn::Reader from);

ChecksSet read(const Place& at, wire::ChecksSet::Reader from);
AnswersChecked read(const Place& at, wire::AnswersChecked::Reader from);
AnswersDisowned read(const Place& at, wire::AnswersDisowned::Reader from);

/// YYYY-MM-DD, a day that exists.
std::string read_date(const Place& at, std::string_view field, capnp::Text::Reader from);
/// The same, or empty.
std::string read_date_or_none(const Place& at, std::string_view field, capnp::Text::Reader from);

/// What a board may call a model: more than a name.
std::string read_board_name(const Place& at, std::string_view field, capnp::Text::Reader from);

/// Items per outcome, cut after the last count that is not 0.
using OutcomeCounts = std::array<std::uint64_t, outcome_count>;
unsigned outcomes_written(const OutcomeCounts& counts);
void write_outcomes(const OutcomeCounts& from, capnp::List<std::uint64_t>::Builder to);
OutcomeCounts read_outcomes(const Place& at, std::string_view field,
                            capnp::List<std::uint64_t>::Reader from);

}  // namespace gwageo::frame
