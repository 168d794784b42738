#include "protocol/transparency/log_proof.h"

#include "protocol/merkle_proof.h"
#include "protocol/signature.h"
#include "protocol/transparency/lines.h"
#include "protocol/transparency/note.h"

namespace gwageo {
namespace {

constexpr std::string_view first_line = "c2sp.org/tlog-proof@v1";

/// Lines one by one, with the number of the last for messages.
class LineReader {
 public:
  LineReader(std::string_view what, std::string_view text) : what_(what), rest_(text) {}

  std::optional<std::string_view> next() {
    ++number_;
    return take_line(rest_);
  }
  std::string_view rest() const { return rest_; }
  tl::unexpected<Error> refuse(const std::string& why) const {
    return fail(ErrorKind::bad_input,
                std::string(what_) + ": line " + std::to_string(number_) + " " + why);
  }

  /// Hashes, one a line, up to an empty line.
  Result<std::vector<Digest>> hashes() {
    std::vector<Digest> found;
    for (;;) {
      const auto line = next();
      if (!line) return refuse("is missing: an empty line, and then the checkpoint");
      if (line->empty()) return found;
      if (found.size() == proof_hashes_max) return refuse("is one hash too many");
      const auto hash = parse_hash(*line);
      if (!hash) return refuse("is no hash");
      found.push_back(*hash);
    }
  }

 private:
  std::string_view what_;
  std::string_view rest_;
  std::size_t number_ = 0;
};

std::optional<std::uint64_t> number_after(std::string_view word,
                                          const std::optional<std::string_view>& line) {
  if (!line || !line->starts_with(word)) return std::nullopt;
  return parse_decimal(line->substr(word.size()));
}

std::string lines_of(const std::vector<Digest>& hashes) {
  std::string text;
  for (const Digest& hash : hashes) text += to_base64(hash.view()) + '\n';
  return text;
}

}  // namespace

std::string to_text(const LogProof& proof) {
  std::string text(first_line);
  text += '\n';
  if (proof.extra) text += "extra " + to_base64(*proof.extra) + '\n';
  text += "index " + std::to_string(proof.index) + '\n';
  return text + lines_of(proof.path) + '\n' + proof.checkpoint;
}

Result<LogProof> parse_log_proof(std::string_view text) {
  LineReader lines("tlog-proof", text);
  if (text.size() > log_proof_bytes_max) {
    return fail(ErrorKind::bad_input, "tlog-proof: larger than 2 MB");
  }
  if (lines.next() != first_line) return lines.refuse("is not " + std::string(first_line));
  LogProof proof;
  auto line = lines.next();
  if (line && line->starts_with("extra ")) {
    proof.extra = from_base64(line->substr(6));
    if (!proof.extra) return lines.refuse("is no base64 after \"extra \"");
    line = lines.next();
  }
  const auto index = number_after("index ", line);
  if (!index) return lines.refuse("is not \"index \" and a number");
  proof.index = *index;
  GWAGEO_ASSIGN(path, lines.hashes());
  proof.path = std::move(path);
  proof.checkpoint = lines.rest();
  GWAGEO_TRY(parse_note(proof.checkpoint));
  return proof;
}

std::string to_text(const CosignRequest& request) {
  return "old " + std::to_string(request.old_size) + '\n' + lines_of(request.proof) + '\n' +
         request.checkpoint;
}

Result<CosignRequest> parse_cosign_request(std::string_view text) {
  LineReader lines("add-checkpoint", text);
  if (text.size() > log_proof_bytes_max) {
    return fail(ErrorKind::bad_input, "add-checkpoint: larger than 2 MB");
  }
  CosignRequest request;
  const auto old_size = number_after("old ", lines.next());
  if (!old_size) return lines.refuse("is not \"old \" and a number");
  request.old_size = *old_size;
  GWAGEO_ASSIGN(proof, lines.hashes());
  request.proof = std::move(proof);
  request.checkpoint = lines.rest();
  GWAGEO_TRY(parse_note(request.checkpoint));
  return request;
}

}  // namespace gwageo
