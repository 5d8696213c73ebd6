"""Papers and tables that leave central: PDF and XLSX, in Vietnamese, English and Chinese."""
