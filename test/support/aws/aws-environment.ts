import { vi } from 'vitest';

/** Environment variables with which the SDK finds credentials that open nothing, and no files or services of this machine. */
export const THROWAWAY_ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'loopback-only',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

/** Sets them for the running test file, and clears what of the machine's own would get in. */
export function setThrowawayCredentials(): void {
  for (const name of Object.keys(process.env))
    if (/^AWS_|^(?:https?|no)_proxy$/i.test(name)) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(THROWAWAY_ENVIRONMENT)) vi.stubEnv(name, value);
}
