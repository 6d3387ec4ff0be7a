import type { Handler } from './session.ts';

/** Where the SDK may sign in from, and what it is to ask of a password and of a visitor. */
export const projectConfig: Handler = ({ project }) => ({
  projectId: project,
  authorizedDomains: ['localhost', '127.0.0.1'],
});
export const passwordPolicy: Handler = () => ({
  customStrengthOptions: { minPasswordLength: 6, maxPasswordLength: 4096 },
  allowedNonAlphanumericCharacters: [],
  enforcementState: 'OFF',
  schemaVersion: 1,
});
export const recaptchaConfig: Handler = () => ({ recaptchaEnforcementState: [] });

/** As Google's emulator tells its own tools. */
export const emulatorConfig: Handler = () => ({
  signIn: { allowDuplicateEmails: false },
  emailPrivacyConfig: { enableImprovedEmailPrivacy: true },
});
