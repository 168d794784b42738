// What two nodes say to each other about a model. One asks, the other gives:
//
//     gives   hello:  "gwageo weights 1", nonce (32), its key (32)
//     asks    which:  its key, model, nonce, whom it takes the other for (32 each), signature (64)
//     gives   proof:  1, signature (64); or closes where the key is nobody's in the line
//     asks    what:   follow or now (1), size (4), the pieces it wants as bits, empty for all
//     gives   frames: kind (1), size (4) and as many bytes, until end or gone
//
// Each signs both nonces and keys, so neither can be played by a third, nor one life of a node for
// another. What follows is neither encrypted nor signed as a whole: a piece is worth what its proof
// says, whoever passed it on, and the proof is signed by who read it. ZeroMQ with CURVE, which the
// rest of the program speaks, takes 2 s of processor time for each GiB and link; this takes the
// kernel's copy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "worker/piece_set.h"
#include "worker/weights_layout.h"
#include "worker/weights_socket.h"

namespace gwageo {

enum class WeightsFrame : std::uint8_t {
  beat = 1,    ///< Nothing new: the giver waits itself.
  layout = 2,  ///< First of all others but beats.
  piece = 3,   ///< A proof, and the piece's bytes.
  end = 4,     ///< All that was asked for was given; of `now`: all there is of it.
  gone = 5,    ///< The rest will not come from here; why, for people.
};

inline constexpr std::size_t weights_frame_head = 5;
std::string frame_head(WeightsFrame kind, std::size_t size);

enum class WeightsAsk : std::uint8_t {
  follow = 1,  ///< Every piece as soon as it is there.
  now = 2,     ///< What is there.
};

/// What the asking end is told by a frame.
struct WeightsNews {
  WeightsFrame kind = WeightsFrame::beat;
  std::string bytes;                     ///< Of a layout, of a piece, or why it is gone.
  std::optional<PieceProof> proof = {};  ///< Of a piece.
};

/// The asking end. One thread. Errors are final: `unavailable` when nobody is there or it fell
/// silent, bad_input when what it says makes no sense or it is not who it should be.
class WeightsLink {
 public:
  static Result<WeightsLink> open(const std::string& endpoint, const VerifyingKey& giver,
                                  const Digest& model, const KeyPair& own,
                                  const std::atomic<bool>& stop);
  /// Once, first. `wanted`: nothing for all pieces.
  Status ask(WeightsAsk what, const std::optional<PieceSet>& wanted);
  /// The next frame. Its memory is used again: `news` keeps what it has room for.
  Status next(WeightsNews& news);

 private:
  explicit WeightsLink(WeightsSocket socket) : socket_(std::move(socket)) {}
  WeightsSocket socket_;
};

/// The giving end of an accepted connection, up to the question.
struct WeightsQuestion {
  VerifyingKey asker;
  Digest model;
  std::string agreement;  ///< What a welcome signs.
};
Result<WeightsQuestion> greet(WeightsSocket& socket, const KeyPair& own);
/// Proves who we are to an asker that may ask, and reads what it wants: bits that the layout
/// explains.
struct WeightsWish {
  WeightsAsk what = WeightsAsk::follow;
  std::string bits;
};
Result<WeightsWish> welcome(WeightsSocket& socket, const WeightsQuestion& question,
                            const KeyPair& own);

}  // namespace gwageo
