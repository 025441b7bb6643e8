/** The verbs of the command line, as `--help` shows them. */
export const usage = `mongo-rewind: hot backups and point-in-time restore for MongoDB

  mongo-rewind snapshot --uri URI --repo DIR [--ns DB[.COLL]]...
  mongo-rewind record   --uri URI --repo DIR
  mongo-rewind status   --repo DIR
  mongo-rewind plan     --repo DIR --at TIME [--ns DB[.COLL]]...
  mongo-rewind restore  --repo DIR --uri URI --at TIME [--ns DB[.COLL]]... [--to DB | --map FROM=TO]...
  mongo-rewind restore  --repo DIR --uri URI --at TIME --ns DB[.COLL]... --in-place [--leave-earlier]
  mongo-rewind show     --repo DIR --at TIME --ns DB.COLL [--filter EJSON] [--limit N]
  mongo-rewind events   --repo DIR [--from TIME] [--to TIME]
  mongo-rewind diff     --repo DIR --ns DB.COLL --from TIME --to TIME
  mongo-rewind history  --repo DIR --ns DB.COLL --id EJSON
  mongo-rewind undo     --repo DIR --uri URI --event ID [--dry-run]
  mongo-rewind undo     --repo DIR --uri URI --from TIME --to TIME --ns DB[.COLL]... [--dry-run]
  mongo-rewind mark     --repo DIR NAME [--at TIME | --remove]
  mongo-rewind verify   --repo DIR [--restore --uri URI]
  mongo-rewind prune    --repo DIR --keep 24h|30d [--max-bytes N] [--dry-run]
  mongo-rewind export   --repo DIR --at TIME --out DIR [--ns DB[.COLL]]...
  mongo-rewind import   --dump DIR|FILE --repo DIR

TIME    2026-03-01T14:31:07.250+01:00, 2026-03-01T13:31:07Z, SECONDS:ORDINAL, latest,
        mark:NAME or before:EVENT (the id that events gives: the last moment without it).
        A target is inclusive: the last operation at or before it is restored.
URI     a connection string; or leave --uri out and set MONGO_REWIND_URI, which keeps a password out of sight.
--json  one JSON result on standard output, for every command. Progress goes to standard error.

record runs until SIGINT or SIGTERM, and takes a snapshot first if none continues.
restore --in-place replaces collections (--ns names them) and keeps each under another name; undo takes it back.
    With --leave-earlier it goes on where what an earlier one left that was cut short cannot be told or mended.
undo takes one event back, or all that came after --from up to --to, and leaves alone what changed since, listing it.
restore without --to or --map makes a scratch database for each one restored: DB__at_YYYYMMDD_HHMMSS.

Exit status: 0 done, 1 failed with one line that says why, 2 wrong usage.`;

/** Wrong usage: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
