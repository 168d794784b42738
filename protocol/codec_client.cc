// What passes between the coordinator and a client.
#include "protocol/codec_parts.h"
#include "protocol/limits.h"

namespace gwageo::frame {

void write(const Command& from, wire::Command::Builder to) {
  to.setRequest(from.request);
  to.setProtocol(from.protocol);
  to.setVerb(as_text(from.verb));
  to.setBody(as_text(from.body));
  write_list(from.attachments, to.initAttachments(count_of(from.attachments)));
  if (!from.signature) return;
  to.setNonce(as_data(from.signature->nonce));
  to.setSignature(as_data(from.signature->signature));
}

// The body has no bound of its own: the frame is its bound.
Command read(const Place& at, wire::Command::Reader from) {
  Command to;
  to.request = from.getRequest();
  to.protocol = from.getProtocol();
  to.verb = at.text("verb", from.getVerb(), limits::name_bytes_max);
  to.body = at.text("body", from.getBody(), limits::message_bytes_max);
  to.attachments = at.blobs("attachments", from.getAttachments(), limits::attachments_max,
                            limits::piece_bytes_max);
  if (!from.hasNonce() && !from.hasSignature()) return to;
  CommandSignature& signature = to.signature.emplace();
  signature.nonce = at.bytes("nonce", from.getNonce(), nonce_bytes);
  if (at.ok() && signature.nonce.size() != nonce_bytes) {
    at.refuse("nonce", std::to_string(signature.nonce.size()) + " bytes, and a nonce has 16");
  }
  signature.signature = at.signature("signature", from.getSignature());
  return to;
}

void write(const Reply& from, wire::Reply::Builder to) {
  to.setRequest(from.request);
  to.setCode(as_enumerant<wire::Reply::Code>(from.code));
  to.setBody(as_text(from.body));
  write_list(from.attachments, to.initAttachments(count_of(from.attachments)));
}

Reply read(const Place& at, wire::Reply::Reader from) {
  Reply to;
  to.request = from.getRequest();
  to.code = at.enumerator<ReplyCode>("code", from.getCode(), 6);
  to.body = at.text("body", from.getBody(), limits::message_bytes_max);
  to.attachments = at.blobs("attachments", from.getAttachments(), limits::attachments_max,
                            limits::piece_bytes_max);
  return to;
}

}  // namespace gwageo::frame
