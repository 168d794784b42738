// The facts that register what exists: principals, suites, models, targets, days.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "protocol/digest.h"

namespace gwageo {

/// Sequence 0 of every journal.
struct Founded {
  std::string origin;  ///< Name of this log, for checkpoints.
  std::string zone;    ///< Time zone in which days begin, for instance "Asia/Seoul".
  friend bool operator==(const Founded&, const Founded&) = default;
};

/// A coordinator process took over, with this version of the program.
struct CoordinatorStarted {
  std::string version;
  friend bool operator==(const CoordinatorStarted&, const CoordinatorStarted&) = default;
};

enum class Role : std::uint8_t { operator_ = 0, team = 1, auditor = 2, worker = 3 };

/// A key's owner. Rights follow from the role of the authenticated key, and from nothing else.
struct PrincipalRegistered {
  std::string name;
  Role role = Role::auditor;
  std::string team;  ///< Role team only: the team it speaks for.
  Digest curve_key;  ///< 32 bytes: CURVE public key (transport).
  Digest sign_key;   ///< 32 bytes: Ed25519 public key (statements).
  friend bool operator==(const PrincipalRegistered&, const PrincipalRegistered&) = default;
};

/// From here on the principal has these keys; those of before are nobody's and never come back.
struct PrincipalRotated {
  std::string name;
  Digest curve_key;
  Digest sign_key;
  std::string reason;     ///< In words.
  std::string principal;  ///< Who did it: the owner, or an operator.
  friend bool operator==(const PrincipalRotated&, const PrincipalRotated&) = default;
};

/// From here on the principal has no key, for good. What it did and signed before stays.
struct PrincipalRevoked {
  std::string name;
  std::string reason;     ///< In words.
  std::string principal;  ///< The operator who did it.
  friend bool operator==(const PrincipalRevoked&, const PrincipalRevoked&) = default;
};

/// The programme's calendar moved on to this day (YYYY-MM-DD).
struct DayBegan {
  std::string date;
  friend bool operator==(const DayBegan&, const DayBegan&) = default;
};

/// A version of a suite, rendered, or a round of one (benchmarks/rounds.h), whose name, version and
/// digest are those of the version and the rest its own. Immutable.
struct SuiteAdded {
  std::string name;
  std::uint32_t version = 0;
  Digest digest;
  Digest plan_root;
  std::uint64_t items = 0;
  std::uint64_t requests = 0;
  Digest manifest;               ///< Blob that lists the suite's files and their pieces.
  std::uint64_t item_bytes = 0;  ///< Of the largest item in a Grant; 0 in journals of before.
  std::uint32_t round = 0;
  friend bool operator==(const SuiteAdded&, const SuiteAdded&) = default;
};

enum class ModelRole : std::uint8_t { candidate = 0, reference = 1 };

struct ModelAdded {
  std::string name;
  std::uint32_t version = 1;
  ModelRole role = ModelRole::candidate;
  std::string team;
  std::string released;  ///< YYYY-MM-DD
  std::string engine;    ///< Kind; with `options` it is the engine profile.
  std::string path;
  std::map<std::string, std::string> options;
  Digest digest;     ///< Model digest.
  Digest class_key;  ///< Model digest, engine profile, shape, tenant: what a slot loads.
  Digest library;    ///< class_key and salt: whose responses may be shared.
  /// Of one slot: 1, 2, 4, ... of one worker. With what follows, its shape.
  std::uint32_t gpus = 1;
  std::string gpu_kind = {};         ///< That they have to be; empty: any.
  std::uint32_t gpu_memory_mib = 0;  ///< That each has at least; 0: any.
  std::string training_cutoff = {};  ///< YYYY-MM-DD: how far its training data go; empty: unknown.
  std::string submitted = {};  ///< YYYY-MM-DD: when it was handed in; empty: when it was added.
  std::string reason = {};     ///< Why this version corrects the one before; empty: the first.
  std::uint32_t salt = 0;      ///< Generation of its answers: a higher one disowns the others.
  std::uint32_t nodes = 1;     ///< That its `gpus` are spread over evenly; part of its shape.
  std::uint64_t bytes = 0;     ///< Of its files, so that loads can be foreseen; 0: not known.
  friend bool operator==(const ModelAdded&, const ModelAdded&) = default;
};

struct ModelRetired {
  std::string name;
  std::string reason = {};
  friend bool operator==(const ModelRetired&, const ModelRetired&) = default;
};

struct TargetAdded {
  std::string name;
  std::uint32_t version = 1;
  std::string text;         ///< The target file, as it was given.
  std::string reason = {};  ///< Why it replaces the version before.
  friend bool operator==(const TargetAdded&, const TargetAdded&) = default;
};

}  // namespace gwageo
