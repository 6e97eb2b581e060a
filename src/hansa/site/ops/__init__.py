"""Operations: everything that starts, keeps, backs up and examines one installation of Hansa."""
