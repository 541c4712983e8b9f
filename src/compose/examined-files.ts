import { existsSync, realpathSync } from 'node:fs';
import { copyOf, isInArchive, isInsideFolder } from '../adapters/local/inside-folder.js';
import { type Finding, type FindingArguments, finding } from '../core/findings/finding.js';
import { isS3Uri } from '../core/objects/object-ref.js';
import { UsageError } from './errors/usage-error.js';

/*
 * What is examined never instructs the examiner: a file that lies in a source came along with it, and whoever made the
 * archive may have put it there.
 */

/** A file that a run takes settings or keys from. */
export interface SettingFile {
  readonly setting: FindingArguments['setting-in-source']['setting'];
  /** As it was named. */
  readonly file: string;
}

/** Refuses a configuration file that nobody named and that lies in one of the sources, or in any copy of a bucket. @throws {UsageError} */
export function refuseFoundConfig(file: string, sources: readonly string[]): void {
  const source = sourceHolding(file, sources);
  if (source === undefined && !isInArchive(file)) return;
  const place = source === undefined ? 'it lies in a copy of a bucket' : `it lies in ${source}, which is verified`;
  throw new UsageError(
    `${file} was found here and is not obeyed: ${place}, and what is examined decides nothing about its examination\nIgnore it with --no-config, or name it with --config if it is your own.`,
  );
}

/**
 * Refuses key files of a folder that lie in one of the sources: only a file that is itself named is meant.
 * @param files those that were found in folders
 * @throws {UsageError}
 */
export function refuseFoundKeys(files: readonly string[], sources: readonly string[]): void {
  for (const file of files) {
    const source = sourceHolding(file, sources);
    if (source !== undefined)
      throw new UsageError(
        `the key file ${file} lies in ${source}, which is verified: whoever made that copy may have put it there\nKeep keys elsewhere, or name the file itself with --keys if you trust it.`,
      );
  }
}

/** Refuses settings of AWS that are looked for in the home folder and lie in one of the sources. @throws {UsageError} */
export function refuseFoundAwsFiles(files: readonly string[], sources: readonly string[]): void {
  for (const file of files) {
    const source = sourceHolding(file, sources);
    if (source !== undefined)
      throw new UsageError(
        `the AWS settings ${file} lie in ${source}, which is verified: whoever made that copy may have put them there\nUse another home folder, or name the file with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE if it is your own.`,
      );
  }
}

/** Findings about files that were named and lie in one of the sources. Opening a file that is not there says so by itself. */
export const remarksOn = (files: readonly SettingFile[], sources: readonly string[]): readonly Finding[] =>
  files
    .filter(({ file }) => existsSync(file) && sourceHolding(file, sources) !== undefined)
    .map(({ setting, file }) =>
      finding('setting-in-source', { type: 'run' }, { setting, file, place: realpathSync(file) }),
    );

/** The first of the sources that a file lies in, or was copied with: what lies beside a source that is `AWSLogs`, or a part of it. */
const sourceHolding = (file: string, sources: readonly string[]): string | undefined =>
  sources.find((source) => source !== '' && !isS3Uri(source) && isInsideFolder(file, copyOf(source)));
