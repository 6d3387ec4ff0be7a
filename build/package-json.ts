import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FRAMEWORK } from './bundle.ts';

/**
 * The package.json of a step's archive. The platform installs what it depends on, runs gcp-build (which makes the code
 * cache) and starts the framework it finds there, which loads `main`: by its ending it knows it for CommonJS, where it would
 * first load a package to find out.
 * {@link https://github.com/GoogleCloudPlatform/buildpacks/blob/main/cmd/nodejs/functions_framework/lib/lib.go}
 */
export function packageJson(step: string, framework: string): string {
  const manifest = {
    name: `millrace-${step}`,
    private: true,
    type: 'commonjs',
    main: 'index.cjs',
    engines: { node: '24' },
    scripts: { 'gcp-build': 'node index.cjs' },
    dependencies: { [FRAMEWORK]: framework },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** The framework's version in the checkout's package.json. @throws when it is missing or a range */
export function frameworkVersion(root: string): string {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  const version = dependencies[FRAMEWORK] ?? '';
  if (/^\d+\.\d+\.\d+$/.test(version)) return version;
  throw new Error(
    `package.json pins ${FRAMEWORK} to "${version}"; expected one version such as 5.0.5: what is deployed must be what was tested.`,
  );
}
