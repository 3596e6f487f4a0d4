import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const signal: MantineColorsTuple = [
  "#eef2fb", "#dbe3f4", "#b4c4e8", "#8aa3dc", "#6786d2", "#5074cc", "#3f66c4", "#2f53a8", "#274690", "#1c3877",
];

export const theme = createTheme({
  primaryColor: "signal",
  primaryShade: { light: 7, dark: 7 },
  colors: { signal },
  defaultRadius: "md",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans Bengali', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: "650" },
  components: {
    Table: { defaultProps: { verticalSpacing: "xs", highlightOnHover: true } },
    Paper: { defaultProps: { withBorder: true, p: "md" } },
    Badge: { defaultProps: { variant: "light", radius: "sm" }, styles: { root: { minWidth: "max-content" } } },
    Modal: { defaultProps: { centered: true } },
    Select: { defaultProps: { checkIconPosition: "right" } },
  },
});

/** The library's own grey falls short of AA on tinted grounds, its green and yellow badges nearly everywhere. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#59616a",
    "--mantine-color-placeholder": "#6b737b",
    "--mantine-color-green-light-color": "#1b6e2c",
    "--mantine-color-yellow-light-color": "#7a5200",
    "--mantine-color-red-light-color": "#b42318",
    "--mantine-color-blue-light-color": "#17599c",
    "--mantine-color-gray-light-color": "#495057",
    "--mantine-color-grape-light-color": "#862e9c",
    "--mantine-color-error": "#b42318",
    "--mantine-color-anchor": "#274690",
  },
  dark: {
    "--mantine-color-dimmed": "#a6aeb6",
    "--mantine-color-placeholder": "#99a1a9",
    "--mantine-color-anchor": "#9db3ea",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-signal-light-color": "#b4c4e8",
  },
});
