export const CONTROL_SIZES = ["3xs", "2xs", "xs", "sm", "md", "lg", "xl", "2xl", "3xl"] as const;
export const VARIANTS = ["solid", "soft", "outline", "ghost"] as const;
