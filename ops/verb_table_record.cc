#include "ops/verb_table_record.h"

#include <utility>

#include "ops/parameters.h"
#include "ops/verbs.h"

namespace gwageo {

namespace {

std::vector<Verb> audits() {
  return {
      {"audit verify",
       "Recomputes the journal's chain and root, checks the signed checkpoint and the stored "
       "results.",
       {optional("WHERE",
                 "a stopped data directory, an archive or a published log (the coordinator unless "
                 "given)"),
        option("--signer", "KEY", "not good unless this key signed it (as \"signed by\" shows)"),
        option("--policy", "FILE",
               "not good unless this policy's logs signed and its witnesses cosigned it"),
        {"--from", Takes::many, "FILE",
         "a checkpoint that somebody holds, what audit replay kept, or a mirror's folder: the "
         "journal must go on from there"},
        flag(
            "--statements",
            "not good unless all that people signed for its records is at hand: a published log or "
            "an archive may be without, and then it is counted only")},
       "gwageo audit verify ./log-of-monday --from mine.checkpoint --policy policy.txt",
       "1 something does not fit; ",
       verb_audit_verify},
      {"audit export",
       "Writes the journal as a published log: a checkpoint and tiles, which any verifier of such "
       "logs reads. Into a folder that has one of before, what is new; of another story nothing, "
       "and the proof of it is kept beside the folder (DIR.fraud, DIR.refused-*).",
       {optional("WHERE",
                 "a stopped data directory, an archive or a published log (the coordinator "
                 "unless given)"),
        needed_option("--out", "DIR", "the folder"),
        option("--signer", "KEY", "whose log it has to be (as \"signed by\" shows)")},
       "gwageo audit export --out ./log-of-monday",
       "1 what is there already is another log; ",
       verb_audit_export},
      {"audit prove",
       "Makes a proof that an item's result is in the signed log, for somebody to keep. A team has "
       "those of its own jobs.",
       {needed("JOB/ITEM", "a job's id and an item's index in its plan, for instance 7/0"),
        optional("WHERE", "a stopped data directory or an archive (the coordinator unless given)"),
        option("--out", "FILE", "where to put it (standard output unless given)"),
        option("--signer", "KEY", "whose log it has to be (as \"signed by\" shows)")},
       "gwageo audit prove 7/0 --out item.tlog-proof",
       nothing_more,
       verb_audit_prove},
      {"audit check",
       "Checks a proof, of an item, that a log told two stories, or of an audit's root, against a "
       "key or a policy, and nothing else.",
       {needed("PROOF",
               "the file: of audit prove, a witness's STATE.fraud, or what audit replay kept"),
        option("--signer", "KEY", "the key of the log"),
        option("--policy", "FILE",
               "or the policy that has to accept its checkpoint; of a fraud, "
               "whose log it has to be")},
       "gwageo audit check item.tlog-proof --policy policy.txt",
       "1 it proves nothing; ",
       verb_audit_check,
       LooksAt::nothing},
  };
}

std::vector<Verb> repetitions() {
  return {
      {"audit rescore",
       "Computes every score and every latest verdict again from the stored answers, and compares "
       "those of every audit again.",
       {optional("JOB", "this job only"),
        optional("WHERE", "a stopped data directory or an archive (the coordinator unless given)"),
        option("--signer", "KEY", "not good unless this key signed it (as \"signed by\" shows)")},
       "gwageo audit rescore 7 haneul.archive",
       "1 a score or verdict comes out differently; ",
       verb_audit_rescore},
      {"audit replay",
       "Has a sample of a job, drawn by a seed that nobody could steer, run again by other "
       "workers.",
       {optional("JOB", "the job"), option("--sample", "N", "items at most (459)"),
        option("--audit", "N", "show this audit again, in place of a new one"),
        option("--nonce", "HEX", "your half of the seed, 32 bytes (drawn at random)"),
        option("--keep", "FILE",
               "where your half and the proof of the root are kept, and go on from "
               "(audit-COMMITMENT.seed)"),
        option("--policy", "FILE",
               "tell your half only once this policy's witnesses have cosigned the root"),
        option("--root-within", "SECONDS", "how long to wait for the signed root (30)"),
        option("--forged-share", "SHARE", "whose detection is stated (0.01)"),
        option("--honest-rate", "RATE",
               "of engines that are not exact: answers that differ by themselves (0.01)"),
        option("--false-alarm", "RATE", "how seldom an honest worker may be accused (0.001)"),
        option("--html", "FILE", "write the report as a page, too"),
        flag("--no-wait", "do not wait until it is over")},
       "gwageo audit replay 7 --sample 459 --html audit.html",
       "1 inconsistent, to be escalated, or not what the coordinator says; ",
       verb_audit_replay},
      {"audit list",
       "Lists the audits that were begun.",
       {},
       "gwageo audit list",
       nothing_more,
       verb_audit_list},
  };
}

std::vector<Verb> followers() {
  return {
      {"journal",
       "Prints the record: every decision, in order.",
       {flag("--follow", "go on with what comes"),
        option("--from", "N", "begin at this sequence number (0 unless given)")},
       "gwageo journal --from 10 --follow",
       nothing_more,
       verb_journal},
      {"witness",
       "Follows a log, checks that it only grows, and cosigns its checkpoints with your key.",
       {option("--log", "DIR", "a published log in a folder, in place of the coordinator"),
        option("--state", "FILE",
               "what it cosigned last: keep it, an auditor wants it (NAME.witness unless given)"),
        option("--signer", "KEY", "the log's key, where your key file is of another coordinator"),
        {"--was", Takes::many, "VKEY",
         "after a rotation of your key: the witness that you were, whose state is taken over"},
        option("--every", "SECONDS", "between looks (1 unless given)"),
        flag("--once", "look once, and end")},
       "gwageo witness --coordinator 10.0.0.1:7000 --key haneul.key --state haneul.witness",
       "1 the log is not the one that was cosigned before; ",
       verb_witness},
  };
}

std::vector<Verb> copies() {
  return {
      {"export",
       "Writes all that is needed to verify and rescore a job or target into one file.",
       {needed("WHAT", "a job's id, or a target's name"),
        needed_option("--out", "FILE", "the archive to write, which must not exist"),
        flag("--force", "replace FILE")},
       "gwageo export quickstart-95 --out quickstart.archive",
       nothing_more,
       verb_export},
      {"backup",
       "Copies the running coordinator's data into a new folder on its machine.",
       {needed("WHERE", "the folder, which must not exist or be empty")},
       "gwageo backup /backup/monday",
       nothing_more,
       verb_backup},
      {"recover",
       "Refills a stopped data directory (--data) whose journal lost records from a mirror of its "
       "log.",
       {needed_option("--from", "DIR", "the mirror: a published log of the same journal"),
        option("--rows", "FILE",
               "an archive, backup or stopped data directory with what a log does not hold"),
        option("--policy", "FILE",
               "recover only from a mirror that this policy's witnesses cosigned"),
        {"--witness", Takes::many, "FILE",
         "a checkpoint that a witness holds, and that what is recovered has to fit"},
        option("--accept-loss", "N",
               "go on with the N records that are left though more were signed")},
       "gwageo recover --from ./log-of-monday --rows quickstart.archive --data ./gwageo-data",
       "1 something is still missing or does not fit, or is another record; ",
       verb_recover,
       LooksAt::data_directory},
      {"restore",
       "Puts a backup into an empty data directory (--data); no coordinator may run there.",
       {needed("WHERE", "the backup's folder")},
       "gwageo restore /backup/monday --data ./gwageo-data",
       nothing_more,
       verb_restore,
       LooksAt::data_directory},
  };
}

}  // namespace

std::vector<Verb> record_verbs() {
  std::vector<Verb> all = audits();
  for (Verb& verb : repetitions()) all.push_back(std::move(verb));
  for (Verb& verb : followers()) all.push_back(std::move(verb));
  for (Verb& verb : copies()) all.push_back(std::move(verb));
  return all;
}

}  // namespace gwageo
