#include "ops/worker_processes.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "ops/system.h"
#include "worker/own_folder.h"
#include "worker/process_table.h"

namespace gwageo {

namespace fs = std::filesystem;

namespace {

/// What a server of a worker that is no more said last may be looked for so long.
constexpr Duration logs_kept_for = seconds(7 * 24 * 3600);

/// With what a person can do about it.
Error with_next_step(const Error& error) {
  const bool is_in_the_way = error.kind == ErrorKind::bad_input;
  return {error.kind, "engine logs: " + error.message +
                          (is_in_the_way ? ": have it removed" : ": mend it") +
                          ", or give this worker another folder with --engine-logs DIR"};
}

/// Below the system's temporary folder, where others could lay something in our way. Whoever comes
/// there removes what workers that are no more have left: names of a fleet's are not used again.
Status hold_private_logs(const std::string& temporary, const std::string& worker,
                         ProcessRoom& room) {
  const std::string all = temporary + "/gwageo-engines-" + std::to_string(::getuid());
  GWAGEO_TRY(make_own_folder(all));
  room.is_private = true;
  // Nobody else holds one meanwhile that is being removed. No worker has a name such as this.
  GWAGEO_ASSIGN(moment, FileLock::wait(all + "/.lock", LockKind::exclusive));
  const std::string own = all + "/" + worker;
  Status held = hold_logs(room, own);
  if (!held && held.error().kind == ErrorKind::unavailable) {
    held = hold_logs(room, own + "-" + std::to_string(::getpid()));
  }
  if (held) remove_abandoned_folders(all, "", logs_kept_for);
  return held;
}

/// The worker's own folder of logs.
Status hold_logs_of(const Invocation& arguments, const std::string& worker, ProcessRoom& room) {
  if (const auto given = arguments.text("engine-logs")) {
    const std::string own = fs::path(absolute_path(*given)) / worker;
    const Status held = hold_logs(room, own);
    if (held) return held;
    if (held.error().kind != ErrorKind::unavailable) {
      return tl::unexpected(with_next_step(held.error()));
    }
    return fail(ErrorKind::bad_input, "--engine-logs: " + own +
                                          " is another worker's, which runs: give each worker a "
                                          "--name of its own, or each pool another folder");
  }
  GWAGEO_ASSIGN(temporary, temporary_folder());
  const Status held = hold_private_logs(temporary, worker, room);
  return held ? held : Status(tl::unexpected(with_next_step(held.error())));
}

}  // namespace

Result<std::shared_ptr<ProcessRoom>> process_room(const Invocation& arguments,
                                                  const std::string& logs) {
  const std::shared_ptr<ProcessRoom> room = std::make_shared<ProcessRoom>();
  const std::string given = arguments.text_or("engines", "");
  room->folder = find_engine_folder(given.empty() ? "" : absolute_path(given));
  room->logs = logs;
  if (room->folder.empty()) return room;
  GWAGEO_ASSIGN(found, read_engine_folder(room->folder));
  room->templates = std::move(found.templates);
  room->broken = std::move(found.broken);
  return room;
}

Result<std::shared_ptr<const ProcessRoom>> worker_process_room(const Invocation& arguments,
                                                               const std::string& worker,
                                                               Log& log) {
  GWAGEO_ASSIGN(room, process_room(arguments, ""));
  for (const auto& [name, why] : room->broken) {
    log.write(LogLevel::warning,
              "a template is of no use here, and its models cannot be loaded; mend the file and "
              "start this worker again",
              {{"template", name}, {"folder", room->folder}, {"reason", why}});
  }
  if (room->templates.empty()) return room;
  GWAGEO_TRY(hold_logs_of(arguments, worker, *room));
  if (const std::size_t left = kill_what_keepers_left(); left > 0) {
    log.write(LogLevel::warning, "killed what servers of workers that are no more left behind",
              {{"processes", std::to_string(left)}});
  }
  return room;
}

Status pin_template(const ProcessRoom& room, ModelSpec& spec) {
  GWAGEO_ASSIGN(known, template_for(room, spec));
  GWAGEO_TRY(options_for(known.engine, spec));
  spec.options[std::string(template_digest_option)] = to_hex(known.digest);
  return {};
}

bool is_program_here(const ProcessRoom& room, const ModelSpec& spec) {
  const Result<KnownTemplate> known = template_for(room, spec);
  if (!known) return false;
  const std::string program = known->engine.command.front().front();
  if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0;
  const std::string path = environment("PATH");
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const std::string candidate = path.substr(at, end - at) + "/" + program;
    std::error_code error;
    if (fs::is_regular_file(candidate, error) && ::access(candidate.c_str(), X_OK) == 0)
      return true;
    at = end + 1;
  }
  return false;
}

}  // namespace gwageo
