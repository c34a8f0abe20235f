-- currencies: how many decimals a currency has, where these are not two (ISO 4217, list one).
--
--   digits  decimals of an amount
--   unit    what one minor unit is worth; of a currency that is not here it is 0.01
CREATE OR REPLACE VIEW currencies AS
SELECT
  currency,
  digits,
  CAST(CASE digits WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.0001 END AS decimal(5, 4)) AS unit
FROM (
  VALUES
    ('BIF', 0), ('CLP', 0), ('DJF', 0), ('GNF', 0), ('ISK', 0), ('JPY', 0), ('KMF', 0), ('KRW', 0),
    ('PYG', 0), ('RWF', 0), ('UGX', 0), ('UYI', 0), ('VND', 0), ('VUV', 0), ('XAF', 0), ('XOF', 0),
    ('XPF', 0),
    ('BHD', 3), ('IQD', 3), ('JOD', 3), ('KWD', 3), ('LYD', 3), ('OMR', 3), ('TND', 3),
    ('CLF', 4), ('UYW', 4)
) AS iso4217 (currency, digits)
