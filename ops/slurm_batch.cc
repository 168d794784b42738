#include "ops/slurm_batch.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <set>

#include "ops/run_command.h"

namespace gwageo {
namespace {

constexpr Duration answers_within = seconds(30);
constexpr std::size_t last_words_max = 400;
constexpr std::size_t tail_bytes = 4096;

/// Lines as one, without blanks at the ends.
std::string on_one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (c != '\n') {
      line += c;
    } else if (!line.empty() && !line.ends_with("; ")) {
      line += "; ";
    }
  }
  if (line.ends_with("; ")) line.resize(line.size() - 2);
  return line;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// What a program of Slurm's complained of.
Error error_of_command(const std::string& program, const CommandEnd& end) {
  const std::string said = on_one_line(end.err.empty() ? end.out : end.err);
  const bool is_away = has(said, "Unable to contact slurm controller") ||
                       has(said, "Socket timed out") || has(said, "Connection refused");
  if (is_away) return {ErrorKind::unavailable, program + ": " + said};
  return {ErrorKind::bad_input,
          program + " refuses it (" + std::to_string(end.code) + "): " + said};
}

BatchState batch_state_of(std::string_view word) {
  static const std::set<std::string_view> waiting = {"PENDING", "REQUEUED", "REQUEUE_HOLD",
                                                     "REQUEUE_FED", "RESV_DEL_HOLD"};
  static const std::set<std::string_view> failed = {
      "FAILED", "TIMEOUT", "NODE_FAIL", "BOOT_FAIL", "DEADLINE", "OUT_OF_MEMORY", "LAUNCH_FAILED"};
  static const std::set<std::string_view> cancelled = {"CANCELLED", "PREEMPTED", "REVOKED"};
  if (waiting.contains(word)) return BatchState::waiting;
  if (failed.contains(word)) return BatchState::failed;
  if (cancelled.contains(word)) return BatchState::cancelled;
  if (word == "COMPLETED") return BatchState::done;
  if (word == "COMPLETING" || word == "STAGE_OUT") return BatchState::ending;
  return BatchState::running;
}

/// Of sbatch's answer "17", or "17;cluster"; empty: it says something else.
std::string submitted_job(const std::string& answer) {
  const std::string id = answer.substr(0, answer.find_first_of(";\n"));
  return id.find_first_not_of("0123456789") == std::string::npos ? id : "";
}

/// The last line of a log that says anything; empty where it cannot be read.
std::string last_line(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return "";
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - static_cast<std::streamoff>(tail_bytes)));
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (line.find_first_not_of(" \r") != std::string::npos) last = line;
  }
  return last.substr(0, last_words_max);
}

}  // namespace

std::optional<BatchJob> parse_squeue_line(const std::string& fleet, std::string_view line) {
  std::array<std::string_view, 6> fields;
  for (std::size_t i = 0; i + 1 < fields.size(); ++i) {
    const std::size_t bar = line.find('|');
    if (bar == std::string_view::npos) return std::nullopt;
    fields[i] = line.substr(0, bar);
    line.remove_prefix(bar + 1);
  }
  fields.back() = line;
  const std::optional<std::uint32_t> number = number_of_job(fleet, std::string(fields[1]));
  if (!number) return std::nullopt;
  BatchJob job;
  job.id = fields[0];
  job.number = *number;
  job.state = batch_state_of(fields[2]);
  job.word = fields[2];
  job.node = fields[3];
  if (fields[4] != "None") job.reason = fields[4];
  if (fields[5] != "(null)") job.comment = fields[5];
  return job;
}

Result<std::vector<BatchJob>> SlurmBatch::jobs() {
  GWAGEO_ASSIGN(end, run_command({"squeue", "--me", "--states=all", "--noheader",
                                  "--format=" + std::string(squeue_format)},
                                 "", answers_within));
  if (end.code != 0) return tl::unexpected(error_of_command("squeue", end));
  std::vector<BatchJob> jobs;
  std::map<std::string, std::string> last_words;
  for (std::size_t from = 0; from < end.out.size();) {
    const std::size_t stop = std::min(end.out.find('\n', from), end.out.size());
    const std::string_view line = std::string_view(end.out).substr(from, stop - from);
    from = stop + 1;
    std::optional<BatchJob> job = parse_squeue_line(line_.policy.name, line);
    if (!job) continue;
    if (job->state == BatchState::failed && !line_.log_folder.empty()) {
      const auto known = last_words_.find(job->id);
      job->last_words = known != last_words_.end()
                            ? known->second
                            : last_line(worker_log(line_, job->number, job->id));
      last_words[job->id] = job->last_words;
    }
    jobs.push_back(*std::move(job));
  }
  last_words_ = std::move(last_words);
  return jobs;
}

Result<std::string> SlurmBatch::submit(const WorkerJob& job) {
  GWAGEO_ASSIGN(
      end, run_command(sbatch_words(line_, job), worker_script(line_, job.number), answers_within));
  if (end.code != 0) return tl::unexpected(error_of_command("sbatch", end));
  const std::string id = submitted_job(end.out);
  if (!id.empty()) return id;
  return fail(ErrorKind::corrupt, "sbatch gave no job number: " + on_one_line(end.out + end.err));
}

Result<std::string> SlurmBatch::try_out(const WorkerJob& job) {
  std::vector<std::string> words = sbatch_words(line_, job);
  // Before all others: the last of --extra may be an option that takes the next word for its value.
  words.insert(words.begin() + 1, "--test-only");
  GWAGEO_ASSIGN(end, run_command(words, worker_script(line_, job.number), answers_within));
  if (end.code != 0) return tl::unexpected(error_of_command("sbatch", end));
  const std::string id = submitted_job(end.out);
  if (!id.empty()) {
    const Status cancelled = cancel({id});
    return fail(ErrorKind::bad_input,
                "sbatch --test-only submitted job " + id + " instead of trying it (" +
                    (cancelled ? "it is cancelled" : "scancel it: " + cancelled.error().message) +
                    "): look at --extra and at the SBATCH_ variables of the environment");
  }
  return on_one_line(end.err + end.out);
}

Status SlurmBatch::cancel(const std::vector<std::string>& jobs) {
  if (jobs.empty()) return {};
  std::vector<std::string> words = {"scancel"};
  words.insert(words.end(), jobs.begin(), jobs.end());
  GWAGEO_ASSIGN(end, run_command(words, "", answers_within));
  const bool is_over = has(end.err, "Invalid job id") || has(end.err, "already complet");
  if (end.code == 0 || is_over) return {};
  return tl::unexpected(error_of_command("scancel", end));
}

std::optional<Duration> SlurmBatch::kill_wait() {
  const auto end = run_command({"scontrol", "show", "config"}, "", answers_within);
  if (!end || end->code != 0) return std::nullopt;
  const std::size_t at = end->out.find("KillWait");
  const std::size_t equals = at == std::string::npos ? at : end->out.find('=', at);
  if (equals == std::string::npos) return std::nullopt;
  const std::size_t digits = end->out.find_first_of("0123456789", equals);
  if (digits == std::string::npos) return std::nullopt;
  std::int64_t value = 0;
  const auto [stop, error] =
      std::from_chars(end->out.data() + digits, end->out.data() + end->out.size(), value);
  return error == std::errc{} ? std::optional(seconds(value)) : std::nullopt;
}

}  // namespace gwageo
