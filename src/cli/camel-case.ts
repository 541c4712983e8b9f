/** The other spelling that yargs gives to every option: `trailArn` for `trail-arn`. */
export const toCamelCase = (flag: string): string => flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
