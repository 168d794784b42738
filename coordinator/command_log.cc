#include "coordinator/command_log.h"

#include "coordinator/members.h"

namespace gwageo::published_log {
namespace {

Answered nothing_published() {
  return refusal({ErrorKind::not_found, "this coordinator publishes no log"});
}

}  // namespace

CommandOutcome checkpoint(const CommandRequest& r) {
  if (!r.context.log.checkpoint) return nothing_published();
  const Result<std::string> note = r.context.log.checkpoint();
  if (!note) return refusal(note.error());
  Answered answer;
  answer.body["note"] = *note;
  return answer;
}

// Hashes say nothing of what they are of, so everybody may have them. Entries are the journal's,
// which has a verb of its own.
CommandOutcome tile(const CommandRequest& r) {
  Members in(r.body);
  const std::string path = in.text("path");
  if (const Status status = in.status(); !status) return refusal(status.error());
  const Result<TileName> name = parse_tile_path(path);
  if (!name) return refusal(name.error());
  if (name->is_entries) {
    return refusal({ErrorKind::bad_input, "entries are read with \"journal\" and \"rows\""});
  }
  if (!r.context.log.tile) return nothing_published();
  const Result<std::string> bytes = r.context.log.tile(*name);
  if (!bytes) return refusal(bytes.error());
  Answered answer;
  answer.attachments = {*bytes};
  return answer;
}

// A witness speaks by the key that it is registered with, under its name.
CommandOutcome cosign(const CommandRequest& r) {
  Members in(r.body);
  const std::string note = in.text("note");
  if (const Status status = in.status(); !status) return refusal(status.error());
  if (!r.context.log.cosign) return nothing_published();
  NoteKey key{r.principal.name, {}, NoteKeyType::cosignature};
  key.key.bytes = r.principal.sign_key.bytes;
  if (const Status taken = r.context.log.cosign(key, note); !taken) return refusal(taken.error());
  Answered answer;
  answer.body["cosigner"] = to_vkey(key);
  return answer;
}

}  // namespace gwageo::published_log
