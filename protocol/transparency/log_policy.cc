#include "protocol/transparency/log_policy.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "protocol/transparency/cosignature.h"
#include "protocol/transparency/lines.h"

namespace gwageo {
namespace {

constexpr std::string_view no_quorum = "none";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == line.npos) return words;
    const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
}

class PolicyReader {
 public:
  Result<LogPolicy> read(std::string_view text) {
    if (text.size() > policy_bytes_max) return refuse("larger than 1 MB");
    const auto is_forbidden = [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7f;
    };
    while (!text.empty()) {
      ++line_number_;
      const auto line = take_line(text);
      if (!line) return refuse("the last line does not end");
      if (std::any_of(line->begin(), line->end(), is_forbidden)) {
        return refuse("a control character");
      }
      const std::vector<std::string_view> words = words_of(*line);
      if (words.empty() || words.front().starts_with('#')) continue;
      GWAGEO_TRY(take(words));
    }
    if (has_quorum_) return std::move(policy_);
    return fail(ErrorKind::bad_input, "policy: it has no quorum line");
  }

 private:
  tl::unexpected<Error> refuse(const std::string& why) const {
    return fail(ErrorKind::bad_input, "policy: line " + std::to_string(line_number_) + ": " + why);
  }

  Status take(const std::vector<std::string_view>& words) {
    if (words[0] == "log") return take_log(words);
    if (words[0] == "witness") return take_witness(words);
    if (words[0] == "group") return take_group(words);
    if (words[0] == "quorum") return take_quorum(words);
    return refuse("\"" + std::string(words[0].substr(0, 64)) +
                  "\" is none of log, witness, group and quorum");
  }

  Status take_log(const std::vector<std::string_view>& words) {
    if (words.size() < 2 || words.size() > 3) return refuse("not of the form log VKEY [URL]");
    if (policy_.logs.size() == policy_entries_max) return refuse("too many logs");
    const Result<NoteKey> key = parse_vkey(words[1]);
    if (!key) return refuse(key.error().message);
    for (const NoteKey& other : policy_.logs) {
      if (other.key == key->key) return refuse("the key of another log, " + other.name);
    }
    policy_.logs.push_back(*key);
    return {};
  }

  Status take_witness(const std::vector<std::string_view>& words) {
    if (words.size() < 3 || words.size() > 4) {
      return refuse("not of the form witness NAME VKEY [URL]");
    }
    Result<NoteKey> key = parse_cosigner_vkey(words[2]);
    if (Result<NoteKey> plain = parse_vkey(words[2]); plain) {
      key = *std::move(plain);
      key->type = NoteKeyType::cosignature;
    }
    if (!key) return refuse(key.error().message);
    for (const PolicyMember& other : policy_.members) {
      if (!other.is_group() && other.key.key == key->key) {
        return refuse("the key of another witness, " + other.name);
      }
    }
    return add({std::string(words[1]), *std::move(key), {}, 0});
  }

  Status take_group(const std::vector<std::string_view>& words) {
    if (words.size() < 4) return refuse("not of the form group NAME all|any|K NAME...");
    PolicyMember group{std::string(words[1]), {}, {}, 0};
    for (std::size_t i = 3; i < words.size(); ++i) {
      GWAGEO_ASSIGN(member, find(words[i]));
      // Whoever counted twice could make up a quorum alone.
      if (is_member_[member]) {
        return refuse("\"" + std::string(words[i]) + "\" is a member already");
      }
      is_member_[member] = true;
      group.members.push_back(member);
    }
    const std::size_t all = group.members.size();
    const auto least = words[2] == "all"   ? std::optional<std::uint64_t>(all)
                       : words[2] == "any" ? std::optional<std::uint64_t>(1)
                                           : parse_decimal(words[2]);
    if (!least || *least < 1 || *least > all) {
      return refuse("\"" + std::string(words[2].substr(0, 64)) + "\" is not all, any or 1 to " +
                    std::to_string(all));
    }
    group.least = *least;
    return add(std::move(group));
  }

  Status take_quorum(const std::vector<std::string_view>& words) {
    if (words.size() != 2) return refuse("not of the form quorum NAME");
    if (std::exchange(has_quorum_, true)) return refuse("a second quorum");
    if (words[1] == no_quorum) return {};
    GWAGEO_ASSIGN(member, find(words[1]));
    policy_.quorum.push_back(member);
    return {};
  }

  Status add(PolicyMember member) {
    if (policy_.members.size() == 2 * policy_entries_max) return refuse("too many witnesses");
    if (member.name == no_quorum) return refuse("\"none\" cannot be a name");
    if (!names_.emplace(member.name, policy_.members.size()).second) {
      return refuse("\"" + member.name + "\" is defined already");
    }
    policy_.members.push_back(std::move(member));
    is_member_.push_back(false);
    return {};
  }

  Result<std::size_t> find(std::string_view name) const {
    const auto found = names_.find(name);
    if (found != names_.end()) return found->second;
    return refuse("\"" + std::string(name.substr(0, 256)) + "\" is not defined above");
  }

  LogPolicy policy_;
  std::map<std::string, std::size_t, std::less<>> names_;
  std::vector<bool> is_member_;
  bool has_quorum_ = false;
  std::size_t line_number_ = 0;
};

/// The checkpoint, by the first of the policy's logs that signed it.
Result<AcceptedCheckpoint> open_by_a_log(std::string_view note, const LogPolicy& policy) {
  if (policy.logs.empty()) return fail(ErrorKind::bad_input, "the policy names no log");
  GWAGEO_ASSIGN(parsed, parse_note(note));
  std::string names;
  for (const NoteKey& log : policy.logs) {
    names += (names.empty() ? "" : ", ") + log.name;
    if (find_signature(parsed, log) == nullptr) continue;
    GWAGEO_ASSIGN(checkpoint, open_checkpoint(note, log));
    return AcceptedCheckpoint{std::move(checkpoint), log, {}};
  }
  return fail(ErrorKind::bad_input,
              "signed note: none of the logs of the policy has signed it: " + names);
}

}  // namespace

Result<LogPolicy> parse_policy(std::string_view text) { return PolicyReader().read(text); }

Result<AcceptedCheckpoint> open_by_policy(std::string_view note, const LogPolicy& policy) {
  GWAGEO_ASSIGN(opened, open_by_a_log(note, policy));
  GWAGEO_ASSIGN(parsed, parse_note(note));
  for (const PolicyMember& member : policy.members) {
    if (member.is_group()) continue;
    GWAGEO_ASSIGN(at, cosigned_at(parsed, member.key));
    if (at) opened.witnesses.push_back(member.name);
  }
  return opened;
}

std::string missing_quorum(const AcceptedCheckpoint& opened, const LogPolicy& policy) {
  std::vector<bool> has_witnessed;
  for (const PolicyMember& member : policy.members) {
    const std::vector<std::string>& all = opened.witnesses;
    const auto witnessed = std::count_if(member.members.begin(), member.members.end(),
                                         [&](std::size_t m) { return has_witnessed[m]; });
    has_witnessed.push_back(member.is_group()
                                ? static_cast<std::size_t>(witnessed) >= member.least
                                : std::find(all.begin(), all.end(), member.name) != all.end());
  }
  for (const std::size_t wanted : policy.quorum) {
    if (has_witnessed[wanted]) continue;
    std::string names;
    for (const std::string& name : opened.witnesses) names += (names.empty() ? "" : ", ") + name;
    return "the quorum \"" + policy.members[wanted].name +
           "\" of the policy has not cosigned the checkpoint over " +
           std::to_string(opened.checkpoint.size) +
           " records; cosigned by: " + (names.empty() ? "nobody that it names" : names);
  }
  return {};
}

Result<AcceptedCheckpoint> accept_checkpoint(std::string_view note, const LogPolicy& policy) {
  GWAGEO_ASSIGN(opened, open_by_policy(note, policy));
  const std::string missing = missing_quorum(opened, policy);
  if (!missing.empty()) return fail(ErrorKind::bad_input, missing);
  return opened;
}

}  // namespace gwageo
