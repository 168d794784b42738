#include "ops/audit_root.h"

#include <set>
#include <utility>

#include "coordinator/fact_codec.h"
#include "ops/output.h"
#include "protocol/merkle_proof.h"
#include "protocol/signature.h"

namespace gwageo {
namespace {

tl::unexpected<Error> lie(const std::string& what) { return fail(ErrorKind::corrupt, what); }

/// That the record is in the head, as the last before the root.
Status check_record(const FixedRoot& fixed) {
  const std::uint64_t index = fixed.size - 1;
  const Status is_in = check_inclusion(index, fixed.head.size, merkle_leaf(fixed.record),
                                       fixed.inclusion, fixed.head.root);
  if (is_in) return {};
  return lie("record " + std::to_string(index) +
             ", the commitment, is not the one that was signed: " + is_in.error().message);
}

/// Takes the last of the first records, which has to be the commitment, and proves that the head
/// is over it.
Status take_commitment(const RootSource& source, const NodeAt& nodes,
                       const AuditCommitted& commitment, FixedRoot& fixed) {
  const std::uint64_t index = fixed.size - 1;
  const std::string which = "record " + std::to_string(index);
  GWAGEO_ASSIGN(bytes, source.record(index));
  const Result<Record> record = decode_record(bytes);
  const auto* const fact = record ? std::get_if<AuditCommitted>(&record->fact) : nullptr;
  const bool is_it = fact != nullptr && fact->audit == commitment.audit &&
                     fact->job == commitment.job && fact->sample == commitment.sample &&
                     fact->commitment == commitment.commitment;
  if (!is_it) {
    return lie(which + " is said to be the commitment to audit " +
               std::to_string(commitment.audit) + " and is not: its number is not told");
  }
  GWAGEO_ASSIGN(path, prove_inclusion(index, fixed.head.size, nodes));
  fixed.record = std::move(bytes);
  fixed.inclusion = std::move(path);
  return check_record(fixed);
}

/// Who has signed, by keys that nobody here knows.
std::vector<std::string> other_names(const std::string& note, const RootRule& rule) {
  std::vector<std::string> names;
  const Result<Note> parsed = parse_note(note);
  if (!parsed) return names;
  std::set<std::string> known = {note_key_id(rule.log)};
  if (rule.policy) {
    for (const PolicyMember& member : rule.policy->members) {
      if (!member.is_group()) known.insert(note_key_id(member.key));
    }
    for (const NoteKey& log : rule.policy->logs) known.insert(note_key_id(log));
  }
  for (const NoteSignature& signature : parsed->signatures) {
    if (!known.contains(signature.id)) names.push_back(signature.name);
  }
  return names;
}

}  // namespace

Result<RootLook> look_for_root(const RootSource& source, const RootRule& rule,
                               const AuditCommitted& commitment, std::uint64_t size) {
  if (size == 0) return lie("the coordinator says that the commitment is in no record");
  const Result<std::string> note = source.checkpoint();
  if (!note && note.error().kind == ErrorKind::unavailable) {
    return RootLook{std::nullopt, "a first checkpoint"};
  }
  if (!note) return tl::unexpected(note.error());
  const Result<Checkpoint> head = open_checkpoint(*note, rule.log);
  if (!head) return lie("the coordinator's checkpoint: " + head.error().message);
  if (head->size < size) {
    return RootLook{std::nullopt, "a signed checkpoint over the commitment, which is record " +
                                      std::to_string(size - 1) + "; the newest is over " +
                                      std::to_string(head->size) + " records"};
  }
  if (rule.policy) {
    const Result<AcceptedCheckpoint> opened = open_by_policy(*note, *rule.policy);
    if (!opened) return lie("the coordinator's checkpoint: " + opened.error().message);
    const std::string missing = missing_quorum(*opened, *rule.policy);
    if (!missing.empty()) return RootLook{std::nullopt, "its witnesses: " + missing};
  }
  FixedRoot fixed;
  fixed.size = size;
  fixed.note = *note;
  const NodeAt nodes = nodes_from_tiles(head->size, source.tile);
  GWAGEO_ASSIGN(root, root_from_nodes(size, nodes));
  GWAGEO_ASSIGN(proof, prove_consistency(size, head->size, nodes));
  fixed.root = root;
  fixed.proof = std::move(proof);
  GWAGEO_TRY(check_fixed_root(fixed, rule));
  GWAGEO_TRY(take_commitment(source, nodes, commitment, fixed));
  return RootLook{std::move(fixed), {}};
}

Status check_fixed_root(FixedRoot& fixed, const RootRule& rule) {
  const Result<Checkpoint> head = open_checkpoint(fixed.note, rule.log);
  if (!head) return lie("the checkpoint: " + head.error().message);
  fixed.head = *head;
  fixed.cosigned_by.clear();
  if (rule.policy) {
    const Result<AcceptedCheckpoint> opened = open_by_policy(fixed.note, *rule.policy);
    if (!opened) return lie("the checkpoint: " + opened.error().message);
    fixed.cosigned_by = opened->witnesses;
  }
  fixed.unchecked = other_names(fixed.note, rule);
  const Status goes_on =
      check_consistency(fixed.size, head->size, fixed.root, head->root, fixed.proof);
  if (!goes_on) {
    return lie("the root over the first " + std::to_string(fixed.size) +
               " records does not lead to the signed one over " + std::to_string(head->size) +
               ": " + goes_on.error().message);
  }
  return fixed.record.empty() ? Status() : check_record(fixed);
}

Result<std::optional<AuditCommitted>> commitment_of(const FixedRoot& fixed) {
  if (fixed.record.empty()) return std::optional<AuditCommitted>();
  const Result<Record> record = decode_record(fixed.record);
  const auto* const fact = record ? std::get_if<AuditCommitted>(&record->fact) : nullptr;
  if (fact != nullptr) return std::optional(*fact);
  return fail(ErrorKind::bad_input, "`record` is no commitment to an audit");
}

std::string wrong_drawing(const FixedRoot& fixed, const Digest& told, const Digest& root,
                          const Digest& nonce) {
  if (root != fixed.root) {
    return "the coordinator STEERED the sample: it drew by the root " + to_hex(root) +
           ", but before it knew the number it had signed another over the same " +
           std::to_string(fixed.size) + " records, " + to_hex(fixed.root);
  }
  if (nonce == told) return {};
  return "the coordinator STEERED the sample: it drew by the number " + to_hex(nonce) +
         ", which is not the one that it was told, " + to_hex(told);
}

Json to_json(const FixedRoot& fixed) {
  const auto texts = [](const std::vector<std::string>& all) {
    Json names = Json::array();
    for (const std::string& name : all) names.push_back(name);
    return names;
  };
  Json json;
  json["size"] = fixed.size;
  json["root"] = to_hex(fixed.root);
  json["checkpoint_size"] = fixed.head.size;
  json["checkpoint_root"] = to_hex(fixed.head.root);
  json["checkpoint"] = fixed.note;
  const auto hashes = [](const std::vector<Digest>& all) {
    Json written = Json::array();
    for (const Digest& hash : all) written.push_back(to_hex(hash));
    return written;
  };
  json["proof"] = hashes(fixed.proof);
  json["record"] = to_base64(fixed.record);
  json["inclusion"] = hashes(fixed.inclusion);
  json["cosigned_by"] = texts(fixed.cosigned_by);
  json["unchecked"] = texts(fixed.unchecked);
  return json;
}

Result<FixedRoot> parse_fixed_root(const Json& json) {
  const auto bad = [](const std::string& name) {
    return fail(ErrorKind::bad_input, "`" + name + "` is missing or damaged");
  };
  FixedRoot fixed;
  fixed.size = static_cast<std::uint64_t>(number(json, "size"));
  if (fixed.size == 0) return bad("size");
  const std::optional<Digest> root = from_hex(shown(json, "root"));
  if (!root) return bad("root");
  fixed.root = *root;
  fixed.note = shown(json, "checkpoint");
  const Result<Checkpoint> head = read_unchecked_checkpoint(fixed.note);
  if (!head) return bad("checkpoint");
  fixed.head = *head;
  for (const auto& [key, hashes] :
       {std::pair{"proof", &fixed.proof}, std::pair{"inclusion", &fixed.inclusion}}) {
    for (const Json& hash : list(json, key)) {
      const std::optional<Digest> digest = from_hex(hash.is_string() ? hash.as_string() : "");
      if (!digest || hashes->size() == proof_hashes_max) return bad(key);
      hashes->push_back(*digest);
    }
  }
  if (const Json* const record = json.find("record"); record != nullptr) {
    const auto bytes = from_base64(record->is_string() ? record->as_string() : "-");
    if (!bytes) return bad("record");
    fixed.record = *bytes;
  }
  for (const auto& [key, names] :
       {std::pair{"cosigned_by", &fixed.cosigned_by}, std::pair{"unchecked", &fixed.unchecked}}) {
    for (const Json& name : list(json, key)) {
      if (!name.is_string()) return bad(key);
      names->push_back(name.as_string());
    }
  }
  return fixed;
}

}  // namespace gwageo
