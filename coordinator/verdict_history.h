// The verdicts on record of one target, page by page, each with what its document says and what
// moved it. Pure over state and store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/embargo.h"
#include "coordinator/state.h"
#include "coordinator/store.h"
#include "coordinator/verdict_moves.h"

namespace gwageo {

/// Verdicts of one page at most: their documents are read in the coordinator's loop.
inline constexpr std::size_t verdicts_of_page = 100;

/// Which verdicts. They are counted from 0, oldest first; a count never changes.
struct HistoryQuery {
  std::string target;
  std::optional<std::string> candidate;  ///< Of this one alone, and only these are counted.
  std::uint64_t from = 0;
  std::optional<std::uint64_t> last;  ///< So many of the newest, in place of `from`.
};

/// {"target", "total", "from", "next", "more", "verdicts": [...]}: each what `verdict_json` says,
/// with its "generation", "target_version", "inputs" and "document" (digests in hexadecimal) and
/// "document_at_hand": false where it is not in the store and a later verdict took its place, so
/// that nothing rests on it; then all but candidate and verdict of what it says is null. not_found
/// when there is no such target; corrupt when the document of a newest verdict is not in the store.
/// What `sight` does not show is not counted, but said ("withheld"). With "gone", by name, those
/// candidates that are none any more: {"candidate", "since" or null, "text"}. not_found, too, when
/// the query names a candidate of which neither a verdict nor a model is known.
Result<Json> history_page(const State& state, const Store& store, const HistoryQuery& query,
                          const TargetSight& sight);

/// The document that a verdict names, parsed.
Result<Json> read_document(const Store& store, const Digest& document);

/// The same of one in whose place there is a later one; nothing where the store has it not.
Result<std::optional<Json>> read_superseded(const Store& store, const Digest& document);

/// The document of the verdict before: none was, or it is not at hand, or what it says.
using DocumentBefore = std::optional<std::optional<Json>>;

/// What moved a verdict, by its document and the one before: `unknown`, with the reason, where one
/// of them is not at hand.
std::vector<Move> moves_of_documents(const DocumentBefore& before,
                                     const std::optional<Json>& document,
                                     const MoveSources& sources);

/// What tables and charts show of a verdict's document: "as_of", "candidate", "verdict", "ratio",
/// "ratio_exact", "share", "meets", "ci", "n", "settled_by", "best_reference", "references",
/// "gates", "admitted" and "moves". Null for what the document does not say.
Json verdict_json(const Json& document, const std::string& as_of, const std::vector<Move>& moves);

/// Whether a verdict is its candidate's newest, or another has taken its place.
enum class VerdictAge : std::uint8_t { newest, superseded };

/// Whose scores a verdict rests on, of all scored jobs of the state, and why models were corrected
/// and retired, which is everybody's to know: it moves verdicts. The newest rests on answers that
/// count; one of before on those that came to its scores first, disowned since or not.
MoveSources move_sources(const State& state, VerdictAge age);

/// Of the move that says that the policy is another: everything that changed, where both versions
/// can be read.
void name_policy_changes(const TargetAdded& before, const TargetAdded& after,
                         std::vector<Move>& moves);

/// The decimal that an exact share is: "19/20" is 0.95. 0 for anything else.
double share_of(const std::string& exact);

}  // namespace gwageo
