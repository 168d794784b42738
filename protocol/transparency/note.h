// Signed notes (c2sp.org/signed-note): a text for people and programs, with signatures under it.
//
//   This is what is said.
//                                                  an empty line
//   — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1T...  base64 of key id (4 bytes) and signature
//   — example.com/bar 5tQ1qqOmbDAjMrdd1yRwHyEU...  any number; unknown ones are ignored
//
// A key id is the first 4 bytes of SHA-256(name, 0x0A, type, key). A vkey, the text form of a
// verifying key, is NAME+ID+KEY: 8 hexadecimal digits, then base64 of the type and the 32 bytes.
// Pure. A note may be any foreign bytes: at most 1 MB, at most 100 signatures.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"
#include "protocol/signature.h"

namespace gwageo {

inline constexpr std::size_t note_bytes_max = 1'000'000;
inline constexpr std::size_t note_signatures_max = 100;

/// What a key's signatures are over: the first byte of the key in its vkey.
enum class NoteKeyType : std::uint8_t {
  ed25519 = 0x01,      ///< The note's text.
  cosignature = 0x04,  ///< A time and the note's text (cosignature.h); Ed25519 as well.
};

/// A name and what checks its signatures. A value.
struct NoteKey {
  std::string name;
  VerifyingKey key;
  NoteKeyType type = NoteKeyType::ed25519;
  friend bool operator==(const NoteKey&, const NoteKey&) = default;
};

/// True for names that can stand in a signature line and a vkey: not empty, UTF-8 without white
/// space, control characters or '+'.
bool is_note_name(std::string_view name);

/// REQUIRES: is_note_name(key.name).
std::string to_vkey(const NoteKey& key);
/// bad_input unless it is a vkey of a key of type ed25519 whose id fits its name and bytes.
Result<NoteKey> parse_vkey(std::string_view vkey);
/// As `parse_vkey`, of a key of type cosignature.
Result<NoteKey> parse_cosigner_vkey(std::string_view vkey);

/// One line under a note. A value.
struct NoteSignature {
  std::string name;
  std::string id;     ///< 4 bytes.
  std::string bytes;  ///< What the key's type makes of it; not empty.
  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

/// A note taken apart. Nothing in it is verified. A value.
struct Note {
  std::string text;  ///< Ends with a newline.
  std::vector<NoteSignature> signatures;
  friend bool operator==(const Note&, const Note&) = default;
};

/// bad_input, naming the line, unless `note` has the form of a note with at least one signature.
Result<Note> parse_note(std::string_view note);
/// The bytes that `parse_note` makes `note` of.
std::string to_text(const Note& note);
/// The line of a signature, with its newline.
std::string to_line(const NoteSignature& signature);
/// The lines of `text`, each one a signature; bad_input otherwise.
Result<std::vector<NoteSignature>> parse_signature_lines(std::string_view text);

/// The 4 bytes by which a signature says whose it is.
std::string note_key_id(const NoteKey& key);
/// The signature under `note` by name and id of `key`, unchecked; null when it has none.
const NoteSignature* find_signature(const Note& note, const NoteKey& key);

/// `text` with one signature. REQUIRES: `text` ends with a newline, is_note_name(name).
std::string sign_note(std::string_view text, std::string_view name, const SigningKey& key);
/// The text of a note that `key`, of type ed25519, has signed; other keys' signatures are ignored.
/// bad_input when it is no signed note or has no signature by `key`; corrupt when one by `key` is
/// false.
Result<std::string> open_note(std::string_view note, const NoteKey& key);

/// Whether `line` can be a line of a note: UTF-8 without control characters. It may be foreign.
bool is_note_text(std::string_view text);

}  // namespace gwageo
