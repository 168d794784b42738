#include "worker/weights_link.h"

#include <algorithm>
#include <utility>

#include "protocol/bytes.h"

namespace gwageo {
namespace {

constexpr std::string_view greeting = "gwageo weights 1";
constexpr std::size_t hello_bytes = greeting.size() + 64;
constexpr std::size_t question_bytes = 4 * 32 + 64;
constexpr std::size_t proof_bytes = 1 + 64;
constexpr std::size_t wish_bits_max = weights_pieces_max / 8 + 1;
constexpr std::size_t reason_bytes_max = 4096;

std::string_view view(const VerifyingKey& key) {
  return {reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()};
}
std::string_view view(const Signature& signature) {
  return {reinterpret_cast<const char*>(signature.bytes.data()), signature.bytes.size()};
}

// Random enough: the public half of a key that nobody will ever use.
Result<Digest> new_nonce() {
  GWAGEO_ASSIGN(pair, generate_key_pair());
  return Digest{pair.verifying.bytes};
}

// What both sign, each with a word of its own.
std::string agreement(std::string_view who, const VerifyingKey& giver, const Digest& giver_nonce,
                      const VerifyingKey& asker, const Digest& asker_nonce, const Digest& model) {
  ByteWriter text;
  text.text(greeting);
  text.text(who);
  text.raw(view(giver));
  text.digest(giver_nonce);
  text.raw(view(asker));
  text.digest(asker_nonce);
  text.digest(model);
  return text.take();
}

Signature signature_at(std::string_view bytes) {
  Signature signature;
  std::ranges::copy(bytes.substr(0, signature.bytes.size()),
                    reinterpret_cast<char*>(signature.bytes.data()));
  return signature;
}

tl::unexpected<Error> nonsense(const std::string& what) {
  return fail(ErrorKind::bad_input, "another node says what makes no sense: " + what);
}

// Bytes that a frame of that kind may have.
std::size_t size_max(WeightsFrame kind) {
  switch (kind) {
    case WeightsFrame::beat:
    case WeightsFrame::end: return 0;
    case WeightsFrame::layout: return weights_layout_bytes_max;
    case WeightsFrame::piece: return piece_proof_bytes + weights_piece_bytes_max;
    case WeightsFrame::gone: return reason_bytes_max;
  }
  return 0;
}

}  // namespace

std::string frame_head(WeightsFrame kind, std::size_t size) {
  ByteWriter head;
  head.u8(static_cast<std::uint8_t>(kind));
  head.u32(static_cast<std::uint32_t>(size));
  return head.take();
}

Result<WeightsLink> WeightsLink::open(const std::string& endpoint, const VerifyingKey& giver,
                                      const Digest& model, const KeyPair& own,
                                      const std::atomic<bool>& stop) {
  GWAGEO_ASSIGN(socket, WeightsSocket::connect(endpoint, stop));
  GWAGEO_ASSIGN(hello, socket.receive(hello_bytes));
  if (!hello.starts_with(greeting)) return nonsense("no greeting at " + endpoint);
  ByteReader in(std::string_view(hello).substr(greeting.size()));
  const Digest giver_nonce = in.digest();
  const VerifyingKey there{in.digest().bytes};
  if (there != giver) return nonsense("another node than expected at " + endpoint);
  GWAGEO_ASSIGN(nonce, new_nonce());
  ByteWriter question;
  question.raw(view(own.verifying));
  question.digest(model);
  question.digest(nonce);
  question.raw(view(giver));
  question.raw(
      view(sign(agreement("asks", giver, giver_nonce, own.verifying, nonce, model), own.signing)));
  GWAGEO_TRY(socket.send(question.bytes()));
  GWAGEO_ASSIGN(proof, socket.receive(proof_bytes));
  if (!verify(agreement("gives", giver, giver_nonce, own.verifying, nonce, model),
              signature_at(std::string_view(proof).substr(1)), giver)) {
    return nonsense("no proof of who it is at " + endpoint);
  }
  return WeightsLink(std::move(socket));
}

Status WeightsLink::ask(WeightsAsk what, const std::optional<PieceSet>& wanted) {
  const std::string bits = wanted ? wanted->encode() : "";
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(what));
  out.u32(static_cast<std::uint32_t>(bits.size()));
  out.raw(bits);
  return socket_.send(out.bytes());
}

Status WeightsLink::next(WeightsNews& news) {
  GWAGEO_ASSIGN(head, socket_.receive(weights_frame_head));
  ByteReader in(head);
  const std::uint8_t kind = in.u8();
  std::size_t size = in.u32();
  if (kind < 1 || kind > 5) return nonsense("a frame of kind " + std::to_string(kind));
  news.kind = static_cast<WeightsFrame>(kind);
  news.proof.reset();
  if (size > size_max(news.kind)) return nonsense("a frame of " + std::to_string(size) + " bytes");
  if (news.kind == WeightsFrame::piece) {
    if (size < piece_proof_bytes) return nonsense("a piece without a proof");
    GWAGEO_ASSIGN(proof, socket_.receive(piece_proof_bytes));
    news.proof = decode_piece_proof(proof);
    size -= piece_proof_bytes;
  }
  news.bytes.resize(size);
  return socket_.receive(news.bytes.data(), size);
}

Result<WeightsQuestion> greet(WeightsSocket& socket, const KeyPair& own) {
  GWAGEO_ASSIGN(nonce, new_nonce());
  ByteWriter hello;
  hello.raw(greeting);
  hello.digest(nonce);
  hello.raw(view(own.verifying));
  GWAGEO_TRY(socket.send(hello.bytes()));
  GWAGEO_ASSIGN(bytes, socket.receive(question_bytes));
  ByteReader in(bytes);
  const VerifyingKey asker{in.digest().bytes};
  const Digest model = in.digest();
  const Digest asker_nonce = in.digest();
  const VerifyingKey taken_for{in.digest().bytes};
  const Signature signature = signature_at(std::string_view(bytes).substr(4 * 32));
  if (taken_for != own.verifying) return nonsense("it takes us for somebody else");
  if (!verify(agreement("asks", own.verifying, nonce, asker, asker_nonce, model), signature,
              asker)) {
    return nonsense("a question that its key has not signed");
  }
  return WeightsQuestion{asker, model,
                         agreement("gives", own.verifying, nonce, asker, asker_nonce, model)};
}

Result<WeightsWish> welcome(WeightsSocket& socket, const WeightsQuestion& question,
                            const KeyPair& own) {
  GWAGEO_TRY(socket.send("\x01" + std::string(view(sign(question.agreement, own.signing)))));
  GWAGEO_ASSIGN(head, socket.receive(weights_frame_head));
  ByteReader in(head);
  const std::uint8_t what = in.u8();
  const std::size_t size = in.u32();
  if (what < 1 || what > 2 || size > wish_bits_max) return nonsense("a wish of no kind");
  GWAGEO_ASSIGN(bits, socket.receive(size));
  return WeightsWish{static_cast<WeightsAsk>(what), std::move(bits)};
}

}  // namespace gwageo
