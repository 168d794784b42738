// Every verb of the program: what it is given, and the exit code that it returns.
#pragma once

#include "ops/invocation.h"
#include "protocol/result.h"

namespace gwageo {

// ---- daemons ----
Result<int> verb_coordinator(const Invocation& arguments);
Result<int> verb_up(const Invocation& arguments);
Result<int> verb_worker(const Invocation& arguments);
Result<int> verb_worker_check(const Invocation& arguments);

// ---- the fleet ----
Result<int> verb_fleet_slurm(const Invocation& arguments);
Result<int> verb_fleet_status(const Invocation& arguments);
Result<int> verb_fleet_stop(const Invocation& arguments);
Result<int> verb_weights_spread(const Invocation& arguments);

// ---- what exists ----
Result<int> verb_keys_list(const Invocation& arguments);
Result<int> verb_keys_new(const Invocation& arguments);
Result<int> verb_keys_revoke(const Invocation& arguments);
Result<int> verb_keys_rotate(const Invocation& arguments);
Result<int> verb_keys_show(const Invocation& arguments);
Result<int> verb_model_add(const Invocation& arguments);
Result<int> verb_model_correct(const Invocation& arguments);
Result<int> verb_model_disown(const Invocation& arguments);
Result<int> verb_model_list(const Invocation& arguments);
Result<int> verb_model_retire(const Invocation& arguments);
Result<int> verb_model_show(const Invocation& arguments);
Result<int> verb_plan_estimate(const Invocation& arguments);
Result<int> verb_plan_import(const Invocation& arguments);
Result<int> verb_reference_import(const Invocation& arguments);
Result<int> verb_reference_list(const Invocation& arguments);
Result<int> verb_reference_show(const Invocation& arguments);
Result<int> verb_suite_add(const Invocation& arguments);
Result<int> verb_suite_check(const Invocation& arguments);
Result<int> verb_suite_list(const Invocation& arguments);
Result<int> verb_suite_show(const Invocation& arguments);
Result<int> verb_target_add(const Invocation& arguments);
Result<int> verb_target_history(const Invocation& arguments);
Result<int> verb_target_list(const Invocation& arguments);
Result<int> verb_target_replay(const Invocation& arguments);
Result<int> verb_target_show(const Invocation& arguments);
Result<int> verb_target_watch(const Invocation& arguments);

// ---- the programme ----
Result<int> verb_gate_decide(const Invocation& arguments);
Result<int> verb_gate_evidence(const Invocation& arguments);
Result<int> verb_gate_show(const Invocation& arguments);
Result<int> verb_points_record(const Invocation& arguments);
Result<int> verb_points_show(const Invocation& arguments);
Result<int> verb_publish(const Invocation& arguments);
Result<int> verb_roster_enter(const Invocation& arguments);
Result<int> verb_roster_leave(const Invocation& arguments);
Result<int> verb_roster_show(const Invocation& arguments);
Result<int> verb_stage_close(const Invocation& arguments);
Result<int> verb_stage_list(const Invocation& arguments);
Result<int> verb_stage_open(const Invocation& arguments);
Result<int> verb_stage_show(const Invocation& arguments);

// ---- the pool ----
Result<int> verb_cancel(const Invocation& arguments);
Result<int> verb_drain(const Invocation& arguments);
Result<int> verb_explain(const Invocation& arguments);
Result<int> verb_health(const Invocation& arguments);
Result<int> verb_pause(const Invocation& arguments);
Result<int> verb_priority(const Invocation& arguments);
Result<int> verb_disown(const Invocation& arguments);
Result<int> verb_quarantine(const Invocation& arguments);
Result<int> verb_results(const Invocation& arguments);
Result<int> verb_resume(const Invocation& arguments);
Result<int> verb_status(const Invocation& arguments);
Result<int> verb_submit(const Invocation& arguments);
Result<int> verb_checks_set(const Invocation& arguments);
Result<int> verb_team_add(const Invocation& arguments);
Result<int> verb_team_set(const Invocation& arguments);
Result<int> verb_team_show(const Invocation& arguments);
Result<int> verb_undrain(const Invocation& arguments);
Result<int> verb_workers(const Invocation& arguments);

// ---- the record ----
Result<int> verb_audit_check(const Invocation& arguments);
Result<int> verb_audit_export(const Invocation& arguments);
Result<int> verb_audit_prove(const Invocation& arguments);
Result<int> verb_audit_rescore(const Invocation& arguments);
Result<int> verb_audit_replay(const Invocation& arguments);
Result<int> verb_audit_list(const Invocation& arguments);
Result<int> verb_audit_verify(const Invocation& arguments);
Result<int> verb_backup(const Invocation& arguments);
Result<int> verb_export(const Invocation& arguments);
Result<int> verb_journal(const Invocation& arguments);
Result<int> verb_recover(const Invocation& arguments);
Result<int> verb_restore(const Invocation& arguments);
Result<int> verb_witness(const Invocation& arguments);

// ---- the program ----
/// Its arguments are `texts("arguments")`, as they were given.
Result<int> verb_bench(const Invocation& arguments);
Result<int> verb_simulate(const Invocation& arguments);
Result<int> verb_version(const Invocation& arguments);

}  // namespace gwageo
